// Lesson 01's client in Node.
const net = require("net");
const [host, port] = process.argv.slice(2);

const unsafe = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;
const show = (text) =>
  text.replace(unsafe, (c) => "\\u" + c.charCodeAt(0).toString(16));
const fail = (why) => {
  console.error(`error: ${why}`);
  process.exit(1);
};

const stream = net.connect(port, host, () => stream.write("one piece"));
stream.setTimeout(5000, () => fail("nothing within 5 s"));
stream.on("error", (error) => fail(error.message));
let answered = false;
stream.once("data", (data) => {
  answered = true;
  stream.setTimeout(0);
  console.log(show(data.subarray(0, 1024).toString()));
  stream.on("data", () => {});
  stream.end();
});
stream.on("end", () => {
  if (!answered) fail("it closed before sending anything");
});
