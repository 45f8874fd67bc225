//! The misconceptions that several lessons meet.

pub const READS_TO_THE_END: &str = "does it read until the other side closes, \
    as read_to_string does? That reads a stream, not a message: the other side \
    keeps its end open while it waits. One recv is enough here";
pub const NOT_TEXT: &str = "not every chunk of bytes is UTF-8: decode so that \
    it cannot fail, with U+FFFD for what is no text (from_utf8_lossy, \
    errors=\"replace\"), and print text, not the bytes";
pub const ESCAPES: &str = "text from the network may hold what commands the \
    terminal or disorders a line: escape control characters (U+0000 to U+001F, \
    line ends too, and U+007F to U+009F), line separators (U+2028, U+2029) and \
    marks of direction (U+061C, U+200E, U+200F, U+202A to U+202E, U+2066 to \
    U+2069) before printing";
pub const END: &str = "a recv of 0 bytes is no message, and does not mean \
    \"nothing yet\": it is the end of the stream. Say on stderr that the other \
    side closed, and exit with 1";
pub const TIMEOUT: &str = "recv waits for ever unless a timeout is set: give \
    the peer 5 s, then say on stderr that nothing came, and exit with 1";
pub const IMPATIENT: &str = "a peer on a slow network needs more time: wait \
    for it for 5 s before you give up";
pub const CUT: &str = "a character may be cut anywhere, by a recv or by a \
    short buffer: then its bytes are no UTF-8. Decode so that it cannot fail \
    (from_utf8_lossy, errors=\"replace\")";
pub const RESET: &str = "a recv or send can fail at any time: report it in a \
    sentence, and exit with 1";
pub const SERVES_ON: &str = "what one client does must not end the server: \
    report it, and serve the next one";
