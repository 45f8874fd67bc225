//! What the two sides of lesson 06 share: the bytes before the file
//! ([`frame`]), the file to send ([`SharedFile`]), the file that comes
//! ([`PartialFile`]), and a name from the network made safe ([`base_name`]).

pub mod frame;
mod name;
mod partial_file;
mod progress;
mod python;
mod shared_file;

pub use name::base_name;
pub use partial_file::PartialFile;
pub use progress::{block_size, progress_bar};
pub use python::repr;
pub use shared_file::SharedFile;
