//! `io::copy` from one stream to another.
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread;

fn pair() -> io::Result<(TcpStream, TcpStream)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let client = TcpStream::connect(listener.local_addr()?)?;
    Ok((client, listener.accept()?.0))
}

fn main() -> io::Result<()> {
    let (mut sender, mut inlet) = pair()?;
    let (mut outlet, mut receiver) = pair()?;
    let copying = thread::spawn(move || -> io::Result<u64> {
        let copied = io::copy(&mut inlet, &mut outlet)?;
        outlet.shutdown(Shutdown::Write)?;
        Ok(copied)
    });
    let feeding = thread::spawn(move || sender.write_all(&[7; 300_000]));
    let mut received = Vec::new();
    receiver.read_to_end(&mut received)?;
    feeding.join().expect("no panic")?;
    println!("{} {}", received.len(), copying.join().expect("no panic")?);
    Ok(())
}
