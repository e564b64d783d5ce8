const { exercise } = require("./exercise.js");

console.log(JSON.stringify(exercise(require("./sample.js"))));
