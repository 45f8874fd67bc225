// An echo: echo.js server|client PORT.

const net = require("net");
const [side, port] = process.argv.slice(2);

if (side === "server") {
  const server = net.createServer((stream) => {
    stream.on("data", (data) => {
      console.log("heard", String(data));
      stream.end(data);
      server.close();
    });
  });
  server.listen(Number(port), "127.0.0.1");
} else {
  const stream = net.connect(Number(port), "127.0.0.1");
  stream.write("one piece");
  stream.on("data", (data) => console.log("heard", String(data)));
}
