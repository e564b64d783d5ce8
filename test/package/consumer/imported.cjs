// For engines that cannot require a module.
Promise.all([import("./exercise.js"), import("./sample.js")]).then(([{ exercise }, sample]) => console.log(JSON.stringify(exercise(sample))));
