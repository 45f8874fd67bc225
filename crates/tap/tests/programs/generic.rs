//! A stream where any reader or writer is wanted.
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};

fn send(mut writer: impl Write, text: &str) -> io::Result<()> {
    writer.write_all(text.as_bytes())?;
    writer.flush()
}

fn receive(reader: &mut dyn Read, length: u64) -> io::Result<String> {
    let mut text = String::new();
    reader.take(length).read_to_string(&mut text)?;
    Ok(text)
}

#[derive(Debug)]
struct Connection {
    stream: TcpStream,
}

fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let clone = listener.try_clone()?;
    let mut client = TcpStream::connect(clone.local_addr()?)?;
    let mut server = Connection { stream: listener.accept()?.0 };
    send(&mut client, "海贼王")?;
    send(&client, "!")?;
    println!("{}", receive(&mut server.stream, 10)?);
    println!("{}", format!("{server:?}").contains("127.0.0.1"));
    let mut server: Box<dyn Write> = Box::new(server.stream);
    writeln!(server, "boxed")?;
    println!("{}", receive(&mut client, 6)?.trim_end());
    Ok(())
}
