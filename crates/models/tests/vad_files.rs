//! Layer: pure. Damaged, foreign and missing weight files: a clear error or the other detector, never a crash.

use std::fs;

use proptest::prelude::*;
use tom_models::vad::silero::{SafetensorsError, SileroError, SileroModel, Tensors};
use tom_models::vad::{SILERO_FILE, VadChoice, VadEngine, VadError, VadTuning, open};

/// A file with these header bytes and data.
fn file(header: &str, data: &[u8]) -> Vec<u8> {
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend_from_slice(header.as_bytes());
    bytes.extend_from_slice(data);
    bytes
}

#[test]
fn tensors_are_found_by_name_and_checked() {
    let header = r#"{"__metadata__":{"made":"here"},
        "a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},
        "half":{"dtype":"F16","shape":[2],"data_offsets":[0,4]},
        "short":{"dtype":"F32","shape":[3],"data_offsets":[0,8]},
        "outside":{"dtype":"F32","shape":[2],"data_offsets":[8,16]},
        "backwards":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}"#;
    let mut data = 1.5f32.to_le_bytes().to_vec();
    data.extend((-2.0f32).to_le_bytes());
    let bytes = file(header, &data);
    let t = Tensors::parse(&bytes).unwrap();
    assert_eq!(t.names().count(), 5);
    assert_eq!(t.take("a", &[2]).unwrap(), [1.5, -2.0]);
    assert!(matches!(t.take("b", &[2]), Err(SafetensorsError::Missing { .. })));
    assert!(matches!(t.take("__metadata__", &[2]), Err(SafetensorsError::Missing { .. })));
    for (name, shape) in [("a", vec![1, 2]), ("half", vec![2])] {
        assert!(matches!(t.take(name, &shape), Err(SafetensorsError::Shape { .. })));
    }
    for (name, shape) in [("short", vec![3]), ("outside", vec![2]), ("backwards", vec![2])] {
        assert!(matches!(t.take(name, &shape), Err(SafetensorsError::Range { .. })));
    }
}

#[test]
fn values_that_are_no_numbers_are_refused() {
    let header = r#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#;
    let bytes = file(header, &f32::NAN.to_le_bytes());
    let error = Tensors::parse(&bytes).unwrap().take("a", &[1]).unwrap_err();
    assert!(matches!(error, SafetensorsError::NotFinite { .. }));
}

#[test]
fn a_header_longer_than_the_file_is_refused() {
    for bytes in [vec![], vec![1, 2, 3], 5u64.to_le_bytes().to_vec(), vec![0xff; 64]] {
        assert!(matches!(Tensors::parse(&bytes), Err(SafetensorsError::HeaderLength { .. })));
    }
}

#[test]
fn another_model_is_refused_with_a_remedy() {
    let header = r#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#;
    let error = SileroModel::parse(&file(header, &[0; 4])).unwrap_err();
    let text = error.to_string();
    assert!(text.contains("stft_conv.weight") && text.contains("fetch"), "{text}");
}

#[test]
fn a_foreign_spectrum_is_refused() {
    let shapes: [(&str, &[usize]); 15] = [
        ("stft_conv.weight", &[258, 1, 256]),
        ("conv1.weight", &[128, 129, 3]),
        ("conv1.bias", &[128]),
        ("conv2.weight", &[64, 128, 3]),
        ("conv2.bias", &[64]),
        ("conv3.weight", &[64, 64, 3]),
        ("conv3.bias", &[64]),
        ("conv4.weight", &[128, 64, 3]),
        ("conv4.bias", &[128]),
        ("lstm_cell.weight_ih", &[512, 128]),
        ("lstm_cell.weight_hh", &[512, 128]),
        ("lstm_cell.bias_ih", &[512]),
        ("lstm_cell.bias_hh", &[512]),
        ("final_conv.weight", &[1, 128, 1]),
        ("final_conv.bias", &[1]),
    ];
    let mut at = 0;
    let mut entries = Vec::new();
    for (name, shape) in shapes {
        let to = at + 4 * shape.iter().product::<usize>();
        entries.push(format!(r#""{name}":{{"dtype":"F32","shape":{shape:?},"data_offsets":[{at},{to}]}}"#));
        at = to;
    }
    let data = 1.0f32.to_le_bytes().repeat(at / 4);
    let bytes = file(&format!("{{{}}}", entries.join(",")), &data);
    assert!(matches!(SileroModel::parse(&bytes), Err(SileroError::Spectrum)));
}

#[test]
fn without_usable_weights_earshot_takes_over_and_says_why() {
    let dir = tempfile::tempdir().unwrap();
    let tuning = VadTuning::default();
    let missing = VadEngine::load(Some(dir.path()), VadChoice::Auto, &tuning).unwrap();
    assert_eq!(missing.name(), "earshot");
    assert!(missing.note().unwrap().contains("cannot read"));
    fs::write(dir.path().join(SILERO_FILE), "no weights at all").unwrap();
    let broken = VadEngine::load(Some(dir.path()), VadChoice::Auto, &tuning).unwrap();
    assert_eq!(broken.open().name(), "earshot");
    assert!(broken.note().unwrap().contains("fetch"));
    assert_eq!(open(Some(dir.path())).name(), "earshot");
    assert_eq!(open(None).name(), "earshot");
}

#[test]
fn silero_on_demand_is_an_error_when_it_cannot_be_had() {
    let dir = tempfile::tempdir().unwrap();
    let tuning = VadTuning::default();
    let error = VadEngine::load(Some(dir.path()), VadChoice::Silero, &tuning).unwrap_err();
    assert!(matches!(error, VadError::Silero(SileroError::Read { .. })));
    assert!(error.to_string().contains("earshot"));
    let error = VadEngine::load(None, VadChoice::Silero, &tuning).unwrap_err();
    assert!(matches!(error, VadError::NoDirectory));
    let huge = fs::File::create(dir.path().join(SILERO_FILE)).unwrap();
    huge.set_len(64 << 20).unwrap();
    let error = VadEngine::load(Some(dir.path()), VadChoice::Silero, &tuning).unwrap_err();
    assert!(matches!(error, VadError::Silero(SileroError::TooLarge { .. })));
}

#[test]
fn settings_that_make_no_sense_are_named() {
    let tuning = VadTuning { clear_score: Some(1.5), ..VadTuning::default() };
    let error = VadEngine::load(None, VadChoice::Auto, &tuning).unwrap_err();
    assert!(error.to_string().contains("vad.clear_score"), "{error}");
    let error = "webrtc".parse::<VadChoice>().unwrap_err();
    assert!(error.to_string().contains("silero"), "{error}");
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(t) = Tensors::parse(&bytes) {
            for name in t.names() {
                let _ = t.take(name, &[1]);
            }
        }
        prop_assert!(SileroModel::parse(&bytes).is_err());
    }

    #[test]
    fn any_ranges_stay_inside_the_file(
        from in 0usize..40, to in 0usize..40, len in 0usize..12, data in 0usize..40,
    ) {
        let header = format!(
            r#"{{"a":{{"dtype":"F32","shape":[{len}],"data_offsets":[{from},{to}]}}}}"#
        );
        let bytes = file(&header, &vec![0; data]);
        let t = Tensors::parse(&bytes).unwrap();
        let fits = from <= to && to <= data && to - from == 4 * len;
        prop_assert_eq!(t.take("a", &[len]).is_ok(), fits);
    }

    #[test]
    fn any_header_is_read_or_refused(header in ".{0,200}") {
        let bytes = file(&header, &[]);
        let _ = Tensors::parse(&bytes);
    }
}
