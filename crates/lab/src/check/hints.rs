//! The misconceptions that several lessons meet.

pub const READS_TO_THE_END: &str = "does it read until the other side closes, as read_to_string does? That \
     reads a stream, not a message: the other side keeps its end open while \
     it waits. One recv is enough here";
pub const NOT_TEXT: &str = "not every chunk of bytes is UTF-8: decode what came so that it cannot \
     fail, with U+FFFD for what is no text \
     (from_utf8_lossy, errors=\"replace\")";
pub const ESCAPES: &str = "text from the network may hold escape sequences, which command the \
     terminal: escape control characters before printing";
pub const END: &str = "a recv of 0 bytes is no message, and does not mean \"nothing yet\": it \
     is the end of the stream. Say on stderr that the other side closed, and \
     exit with 1";
pub const TIMEOUT: &str = "recv waits for ever unless it is told otherwise: set a timeout on the \
     socket, and exit with 1 once it is over";
pub const CUT: &str = "a character may be cut anywhere, by a recv or by a short buffer: then \
     its bytes are no UTF-8. Decode so that it cannot fail \
     (from_utf8_lossy, errors=\"replace\")";
