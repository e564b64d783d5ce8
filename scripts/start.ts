/** What `npm start` shows. */
console.log("There is nothing to show yet.");
