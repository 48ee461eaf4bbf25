// Entry of `npm start`. Syntax and modules that every Node.js has ever known: it must get as far as its message.
var required = [20, 19];
var running = process.versions.node.split('.').map(Number);

if (running[0] < required[0] || (running[0] === required[0] && running[1] < required[1])) {
  console.error(
    'OTP Relay needs Node.js ' + required.join('.') + ' or later; this is ' + process.versions.node + '.',
  );
  process.exit(1);
}

require('./run.cjs');
