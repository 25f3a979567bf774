//! Which keys follow from a master key, and what do they do to bytes (RFC 3711, 4)?

use aes::Aes128;
use aes::cipher::{Block, BlockEncrypt, KeyInit};
use hmac::{Hmac, Mac};
use sha1::Sha1;
use tom_wire::sdp::MasterKey;

/// Blocks of the key stream made at once: 160 bytes of G.711 are ten.
const BLOCKS: usize = 10;

/// The session keys of one direction, for RTP or for RTCP.
#[derive(Clone)]
pub(super) struct Keys {
    cipher: Aes128,
    salt: [u8; 14],
    mac: Hmac<Sha1>,
}

impl Keys {
    /// Derives them; `label` is 0 for RTP and 3 for RTCP (4.3.2). The key derivation rate is 0.
    pub(super) fn derive(master: &MasterKey, label: u8) -> Self {
        let cipher = Aes128::new(&master.key().into());
        let bytes = |label: u8, out: &mut [u8]| {
            let mut iv = [0; 16];
            iv[..14].copy_from_slice(&master.salt());
            iv[7] ^= label;
            stream(&cipher, iv, out);
        };
        let (mut key, mut auth, mut salt) = ([0; 16], [0; 20], [0; 14]);
        bytes(label, &mut key);
        bytes(label + 1, &mut auth);
        bytes(label + 2, &mut salt);
        let mac = <Hmac<Sha1> as KeyInit>::new_from_slice(&auth);
        Self {
            cipher: Aes128::new(&key.into()),
            salt,
            // A key of any length will do; the default one would authenticate nothing of theirs.
            mac: mac.unwrap_or_else(|_| <Hmac<Sha1> as KeyInit>::new(&Default::default())),
        }
    }

    /// Encrypts or decrypts: both are the same. `index` is the packet's, 48 bits.
    pub(super) fn crypt(&self, ssrc: u32, index: u64, bytes: &mut [u8]) {
        let mut iv = [0; 16];
        iv[..14].copy_from_slice(&self.salt);
        for (byte, with) in iv[4..8].iter_mut().zip(ssrc.to_be_bytes()) {
            *byte ^= with;
        }
        for (byte, with) in iv[8..14].iter_mut().zip(&index.to_be_bytes()[2..]) {
            *byte ^= with;
        }
        stream(&self.cipher, iv, bytes);
    }

    /// The authentication of these bytes, one part after the other.
    pub(super) fn tag(&self, parts: [&[u8]; 2]) -> [u8; 20] {
        let mut mac = self.mac.clone();
        for part in parts {
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }
}

/// Adds the key stream that begins with this counter: AES in counter mode (4.1.1).
fn stream(cipher: &Aes128, iv: [u8; 16], bytes: &mut [u8]) {
    let mut counter = u128::from_be_bytes(iv);
    for chunk in bytes.chunks_mut(16 * BLOCKS) {
        let mut blocks = [Block::<Aes128>::default(); BLOCKS];
        let blocks = &mut blocks[..chunk.len().div_ceil(16)];
        for block in &mut *blocks {
            block.copy_from_slice(&counter.to_be_bytes());
            counter = counter.wrapping_add(1);
        }
        cipher.encrypt_blocks(blocks);
        for (byte, with) in chunk.iter_mut().zip(blocks.iter().flatten()) {
            *byte ^= with;
        }
    }
}

/// Whether two tags are one, in a time that does not tell where they differ.
pub(super) fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex<const N: usize>(text: &str) -> [u8; N] {
        std::array::from_fn(|at| u8::from_str_radix(&text[at * 2..at * 2 + 2], 16).unwrap())
    }

    /// RFC 3711, B.2.
    #[test]
    fn the_key_stream_is_that_of_the_rfc() {
        let cipher = Aes128::new(&hex::<16>("2B7E151628AED2A6ABF7158809CF4F3C").into());
        let mut bytes = vec![0; 0xff02 * 16];
        stream(&cipher, hex("F0F1F2F3F4F5F6F7F8F9FAFBFCFD0000"), &mut bytes);
        for (block, wanted) in [
            (0, "E03EAD0935C95E80E166B16DD92B4EB4"),
            (1, "D23513162B02D0F72A43A2FE4A5F97AB"),
            (2, "41E95B3BB0A2E8DD477901E4FCA894C0"),
            (0xfeff, "EC8CDF7398607CB0F2D21675EA9EA1E4"),
            (0xff00, "362B7C3C6773516318A077D7FC5073AE"),
            (0xff01, "6A2CC3787889374FBEB4C81B17BA6C44"),
        ] {
            assert_eq!(bytes[block * 16..block * 16 + 16], hex::<16>(wanted), "block {block:x}");
        }
    }

    /// RFC 3711, B.3.
    #[test]
    fn the_session_keys_are_those_of_the_rfc() {
        let master = MasterKey(hex("E1F97A0D3E018BE0D64FA32C06DE41390EC675AD498AFEEBB6960B3AABE6"));
        let keys = Keys::derive(&master, 0);
        assert_eq!(keys.salt, hex("30CBBC08863D8C85D49DB34A9AE1"));
        let cipher = Aes128::new(&hex::<16>("C61E7A93744F39EE10734AFE3FF7A087").into());
        let (mut ours, mut theirs) = ([0; 40], [0; 40]);
        keys.crypt(0, 0, &mut ours);
        stream(&cipher, hex("30CBBC08863D8C85D49DB34A9AE10000"), &mut theirs);
        assert_eq!(ours, theirs);
        let auth: [u8; 20] = hex("CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4");
        let mac = <Hmac<Sha1> as KeyInit>::new_from_slice(&auth).unwrap().chain_update(b"sound");
        assert_eq!(keys.tag([b"so", b"und"]), <[u8; 20]>::from(mac.finalize().into_bytes()));
    }

    #[test]
    fn tags_are_compared_whole() {
        assert!(same(&[1, 2], &[1, 2]) && !same(&[1, 2], &[1, 3]) && !same(&[1], &[1, 2]));
    }
}
