//! How is a report of ours written?

use super::ReportBlock;

/// What a sender tells of its own stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SenderInfo {
    /// NTP time now.
    pub ntp: u64,
    /// The same moment on the RTP clock.
    pub rtp: u32,
    /// Packets sent so far.
    pub packets: u32,
    /// Bytes of payload sent so far.
    pub bytes: u32,
}

/// A compound packet: report, name, and a goodbye perhaps.
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    /// Our stream.
    pub ssrc: u32,
    /// What we sent; `None` before we sent anything.
    pub sender: Option<SenderInfo>,
    /// What we received; `None` before we received anything.
    pub block: Option<ReportBlock>,
    /// Our canonical name, at most 255 bytes of it: it must not tell who or where we are.
    pub name: &'a str,
    /// Whether this is the last one.
    pub bye: bool,
}

impl Report<'_> {
    /// Appends the datagram.
    pub fn write(&self, out: &mut Vec<u8>) {
        let blocks = u16::from(self.block.is_some());
        let (kind, words) = if self.sender.is_some() { (200, 6) } else { (201, 1) };
        head(out, blocks as u8, kind, words + 6 * blocks);
        put(out, self.ssrc);
        if let Some(sender) = &self.sender {
            out.extend(sender.ntp.to_be_bytes());
            put(out, sender.rtp);
            put(out, sender.packets);
            put(out, sender.bytes);
        }
        if let Some(block) = &self.block {
            put(out, block.ssrc);
            let lost = block.lost.clamp(-0x80_0000, 0x7f_ffff).cast_unsigned() & 0xff_ffff;
            put(out, u32::from(block.fraction_lost) << 24 | lost);
            put(out, block.highest);
            put(out, block.jitter);
            put(out, block.last_report);
            put(out, block.delay);
        }
        self.describe(out);
        if self.bye {
            head(out, 1, 203, 1);
            put(out, self.ssrc);
        }
    }

    /// The source description: the name, ended by a zero byte and padded to whole words.
    fn describe(&self, out: &mut Vec<u8>) {
        let name = &self.name.as_bytes()[..self.name.len().min(255)];
        let words = (4 + 2 + name.len() + 1).div_ceil(4);
        head(out, 1, 202, words as u16);
        let end = out.len() + words * 4;
        put(out, self.ssrc);
        out.extend([1, name.len() as u8]);
        out.extend(name);
        out.resize(end, 0);
    }
}

fn head(out: &mut Vec<u8>, count: u8, kind: u8, words: u16) {
    out.extend([0x80 | count, kind]);
    out.extend(words.to_be_bytes());
}

fn put(out: &mut Vec<u8>, word: u32) {
    out.extend(word.to_be_bytes());
}
