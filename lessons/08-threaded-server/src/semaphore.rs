use std::sync::{Arc, Condvar, Mutex, PoisonError};

/// A counting semaphore: places, some of them free.
pub struct Semaphore {
    free: Mutex<usize>,
    released: Condvar,
}

/// One place, until it is dropped.
pub struct Place(Arc<Semaphore>);

impl Semaphore {
    /// So many places, all free.
    pub fn new(places: usize) -> Arc<Semaphore> {
        let (free, released) = (Mutex::new(places), Condvar::new());
        Arc::new(Semaphore { free, released })
    }

    /// Waits for a free place and takes it.
    pub fn acquire(self: &Arc<Semaphore>) -> Place {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        if *free == 0 {
            common::log("every place is taken: the next clients wait");
        }
        while *free == 0 {
            let woken = self.released.wait(free);
            free = woken.unwrap_or_else(PoisonError::into_inner);
        }
        *free -= 1;
        Place(Arc::clone(self))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let free = self.0.free.lock();
        *free.unwrap_or_else(PoisonError::into_inner) += 1;
        self.0.released.notify_one();
    }
}
