// Lesson 01's server in Node: an event loop, which closes gracefully and ends
// once its peer has closed too.
const net = require("net");
const [host, port] = process.argv.slice(2);

const unsafe = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;
const show = (text) =>
  text.replace(unsafe, (c) => "\\u" + c.charCodeAt(0).toString(16));
const fail = (why) => {
  console.error(`error: ${why}`);
  process.exit(1);
};

const server = net.createServer({ allowHalfOpen: true }, (stream) => {
  server.close();
  stream.setTimeout(5000, () => fail("nothing within 5 s"));
  stream.on("error", (error) => fail(error.message));
  stream.once("data", (data) => {
    stream.setTimeout(0);
    console.log(show(data.subarray(0, 1024).toString()));
    stream.end("海贼王");
    stream.on("data", () => {});
    stream.answered = true;
  });
  stream.on("end", () => {
    if (!stream.answered) fail("it closed before sending anything");
  });
});
server.on("error", (error) => fail(error.message));
server.listen(port, host);
