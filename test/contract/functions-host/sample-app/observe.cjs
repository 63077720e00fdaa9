/** Tells the test what happened, as a line of output: it outlives a killed process. */
exports.observe = (what, details = {}) => process.stdout.write(`@@${JSON.stringify({ what, ...details })}\n`);
