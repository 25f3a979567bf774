//! Writes a made-up Whisper into a folder, for `data/whisper.py`: `cargo run -p tom-tiny --example whisper small FOLDER`.

use std::path::PathBuf;

use tom_tiny::Whisper;

fn main() -> std::io::Result<()> {
    let mut args = std::env::args().skip(1);
    let kind = match args.next().as_deref() {
        Some("small") => Whisper::Small,
        Some("whole") => Whisper::Whole,
        Some("tiny") => Whisper::Tiny,
        Some("tiny-whole") => Whisper::TinyWhole,
        Some("base") => Whisper::Base,
        Some("base-whole") => Whisper::BaseWhole,
        _ => {
            return Err(std::io::Error::other(
                "small, whole, tiny, tiny-whole, base or base-whole, and a folder",
            ));
        }
    };
    let folder = PathBuf::from(args.next().unwrap_or_default());
    std::fs::create_dir_all(&folder)?;
    kind.write(&folder)
}
