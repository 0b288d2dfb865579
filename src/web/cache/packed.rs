//! Forms of a page that take fewer bytes, made when they are asked for.

use std::{
    io::Write,
    sync::{
        OnceLock,
        atomic::{AtomicBool, Ordering},
    },
};

use brotli::enc::BrotliEncoderParams;
use bytes::Bytes;
use flate2::{Compress, Compression, FlushCompress, write::GzEncoder};

/// What packing a page may cost.
#[derive(Clone, Copy, Debug)]
pub enum Effort {
    /// Somebody waits, and perhaps nobody comes after.
    Swift,
    /// For all who come after.
    Fair,
}

impl Effort {
    fn deflate(self) -> Compression {
        Compression::new(match self {
            Self::Swift => 1,
            Self::Fair => 7,
        })
    }

    fn brotli(self) -> i32 {
        match self {
            Self::Swift => 2,
            Self::Fair => 7,
        }
    }

    fn zstd(self) -> i32 {
        match self {
            Self::Swift => 1,
            Self::Fair => 9,
        }
    }
}

const BROTLI_WINDOW: i32 = 20;

/// A form of a page that is made when it is asked for: swiftly for the first who asks, since many pages are asked for once; with more
/// effort for the second, and then kept.
pub struct Packed<T> {
    was_asked: AtomicBool,
    kept: OnceLock<T>,
}

impl<T> Default for Packed<T> {
    fn default() -> Self {
        Self { was_asked: AtomicBool::new(false), kept: OnceLock::new() }
    }
}

impl<T: Clone> Packed<T> {
    pub fn get(&self, pack: impl FnOnce(Effort) -> T) -> T {
        if self.was_asked.swap(true, Ordering::Relaxed) {
            self.kept.get_or_init(|| pack(Effort::Fair)).clone()
        } else {
            pack(Effort::Swift)
        }
    }
}

/// Deflate blocks without a last one, flushed to a byte's end.
pub fn deflate(bytes: &[u8], effort: Effort) -> Bytes {
    let mut deflater = Compress::new(effort.deflate(), false);
    let mut out = Vec::with_capacity(bytes.len() / 2 + 64);
    loop {
        let done = deflater.total_in() as usize;
        let room = out.len();
        // Without room the flush would not be written to its end.
        out.reserve(bytes.len() / 4 + 64);
        let _ = deflater.compress_vec(&bytes[done..], &mut out, FlushCompress::Full);
        if deflater.total_in() as usize == bytes.len() && out.len() < out.capacity() || out.len() == room {
            return out.into();
        }
    }
}

pub fn gzip(plain: &[u8], effort: Effort) -> Option<Bytes> {
    let mut packer = GzEncoder::new(vec![], effort.deflate());
    packer.write_all(plain).ok()?;
    packer.finish().ok().map(Bytes::from)
}

pub fn brotli(mut plain: &[u8], effort: Effort) -> Option<Bytes> {
    let mut out = Vec::with_capacity(plain.len() / 4);
    let wishes = BrotliEncoderParams { quality: effort.brotli(), lgwin: BROTLI_WINDOW, ..BrotliEncoderParams::default() };
    brotli::BrotliCompress(&mut plain, &mut out, &wishes).ok()?;
    Some(out.into())
}

pub fn zstd(plain: &[u8], effort: Effort) -> Option<Bytes> {
    zstd::bulk::compress(plain, effort.zstd()).ok().map(Bytes::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_asks_first_waits_for_no_great_effort_and_all_others_get_less_to_load() {
        let efforts = std::cell::RefCell::new(vec![]);
        let packed = Packed::default();
        let get = || packed.get(|effort| efforts.borrow_mut().push(effort));
        (0..4).for_each(|_| get());
        assert!(matches!(**efforts.borrow(), [Effort::Swift, Effort::Fair]), "packed twice, and then kept");
    }
}
