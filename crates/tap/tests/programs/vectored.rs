//! Several buffers in one call.
use std::io::{IoSlice, IoSliceMut, Read, Result, Write};
use std::net::{TcpListener, TcpStream};

fn main() -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let mut client = TcpStream::connect(listener.local_addr()?)?;
    let mut server = listener.accept()?.0;
    let parts = [IoSlice::new(b"one "), IoSlice::new(b"piece")];
    println!("{}", client.write_vectored(&parts)?);
    let (mut first, mut second) = ([0; 4], [0; 5]);
    let mut received = 0;
    while received < 4 {
        let rest = &mut first[received..];
        let buffers = &mut [IoSliceMut::new(rest)];
        received += server.read_vectored(buffers)?;
    }
    server.read_exact(&mut second)?;
    println!("{:?} {:?}", first, second);
    Ok(())
}
