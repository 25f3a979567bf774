//! Layer: pure. Clips are sent as they sound, and noise has the level that was asked for.
use super::*;
use crate::frames::head;

#[test]
fn a_clip_is_frames_of_pcm() {
    let pcm: Vec<i16> = (0..700).map(|n| n * 40).collect();
    let clip = Clip::new("c", &pcm, &[0, 319, 320, 699]);
    assert_eq!(clip.len(), 3);
    let read = head(clip.frame(1)).unwrap().unwrap();
    assert_eq!((read.kind, read.head, read.len(), read.mask), (Kind::Binary, 8, WIRE, Some([0; 4])));
    assert_eq!(tom_wire::bytes_to_pcm(&clip.frame(1)[8..]).unwrap(), pcm[320..640]);
    assert_eq!((0..3).map(|n| clip.marks_in(n)).collect::<Vec<_>>(), [2, 1, 1]);
}

#[test]
fn noise_has_its_level_and_its_seed() {
    let pcm = noise(1, -60.0, 16_000);
    let level = tom_audio::level::rms_dbfs(&pcm);
    assert!((level + 60.0).abs() < 0.3, "{level}");
    assert_eq!(pcm, noise(1, -60.0, 16_000));
    assert_ne!(pcm, noise(2, -60.0, 16_000));
    assert!(Clip::of_speech("n", &pcm).is_none(), "comfort noise is not audible");
}
