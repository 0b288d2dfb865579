//! How a page may be sent, by what a client says that it takes.

/// How a body is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    Identity,
    Gzip,
    Brotli,
    Zstd,
}

impl Coding {
    /// The value of `Content-Encoding`.
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::Identity => None,
            Self::Gzip => Some("gzip"),
            Self::Brotli => Some("br"),
            Self::Zstd => Some("zstd"),
        }
    }

    /// The best of what a client accepts (RFC 9110, 12.5.3). Whatever has a `q` of zero is not accepted; other weights say
    /// nothing here, since all browsers send none.
    pub fn accepted(header: &str) -> Accepted {
        let mut accepted = Accepted::default();
        for part in header.split(',') {
            let (name, weight) = part.split_once(';').map_or((part, ""), |(name, weight)| (name, weight));
            if weight.replace(' ', "").trim_start_matches("q=").parse::<f32>().is_ok_and(|q| q == 0.0) {
                continue;
            }
            match name.trim() {
                "gzip" => accepted.gzip = true,
                "br" => accepted.brotli = true,
                "zstd" => accepted.zstd = true,
                _ => {}
            }
        }
        accepted
    }
}

/// Which codings a client takes besides the plain text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Accepted {
    gzip: bool,
    brotli: bool,
    zstd: bool,
}

impl Accepted {
    /// For a body that is the same for everybody.
    pub fn for_all(self) -> Coding {
        match self {
            Self { brotli: true, .. } => Coding::Brotli,
            Self { zstd: true, .. } => Coding::Zstd,
            other => other.for_one(),
        }
    }

    /// For a body that is put together for one visitor: only gzip's parts can be compressed beforehand and joined.
    pub fn for_one(self) -> Coding {
        if self.gzip { Coding::Gzip } else { Coding::Identity }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_client_does_not_accept_is_not_sent() {
        let best = |header: &str| Coding::accepted(header).for_all();
        assert_eq!(best("gzip, deflate, br, zstd"), Coding::Brotli);
        assert_eq!(best("gzip, br;q=0, zstd;q=0.5"), Coding::Zstd);
        assert_eq!(best("gzip;q=1.0, br; q=0"), Coding::Gzip);
        assert_eq!(best("deflate"), Coding::Identity);
        assert_eq!(Coding::accepted("gzip, br").for_one(), Coding::Gzip);
        assert_eq!(Coding::accepted("br").for_one(), Coding::Identity);
    }
}
