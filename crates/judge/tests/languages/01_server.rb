# Lesson 01's server in Ruby.
require "socket"
require "timeout"

UNSAFE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/
host, port = ARGV
begin
  stream = TCPServer.new(host, port.to_i).accept
  bytes = Timeout.timeout(5) { stream.readpartial(1024) }
  text = bytes.force_encoding("UTF-8").scrub("\ufffd")
  puts text.gsub(UNSAFE) { |c| format("\\u{%x}", c.ord) }
  stream.write("海贼王")
  stream.close
rescue EOFError
  abort "error: it closed before sending anything"
rescue SystemCallError, Timeout::Error => e
  abort "error: #{e.message}"
end
