//! One client, as in lesson 01.
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let client = thread::spawn(move || -> io::Result<String> {
        let mut stream = TcpStream::connect(address)?;
        stream.write_all(b"one piece")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    });
    let (mut stream, peer) = listener.accept()?;
    assert_eq!(stream.peer_addr()?, peer);
    let mut buffer = [0; 1024];
    let length = stream.read(&mut buffer)?;
    println!("{}", String::from_utf8_lossy(&buffer[..length]));
    stream.write_all("海贼王".as_bytes())?;
    drop(stream);
    println!("{}", client.join().expect("no panic")?);
    Ok(())
}
