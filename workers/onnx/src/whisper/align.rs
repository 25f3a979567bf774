//! When is each word said? By where the decoder looked while it wrote it.
//!
//! The looks of some heads follow the speech. They are normalised over the tokens, smoothed over 7 positions, averaged, and the
//! way through them from the first token at the first position to the last at the last is found that meets most of them
//! (dynamic time warping). The method is that of `whisper/timing.py` of OpenAI.

use rten::Value;
use rten_tensor::NdTensor;
use rten_tensor::prelude::*;

use super::Whisper;

/// Samples of a position.
const POSITION: usize = 320;
/// Positions on each side that a look is smoothed over.
const SIDE: usize = 3;
/// Languages that are written without blanks: there, each token that ends a character is a word.
const WITHOUT_BLANKS: [&str; 6] = ["zh", "ja", "th", "lo", "my", "yue"];

/// A word's beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word {
    /// Its first byte in the text of the tokens, without blanks around it.
    pub offset: usize,
    /// The sample at which it begins.
    pub at: u64,
}

impl Whisper {
    /// When the words of tokens begin that were found in so many samples, after a prompt; none where the export does not
    /// tell where it looks.
    ///
    /// # Errors
    /// When it cannot be computed.
    pub fn words(
        &self,
        states: &Value,
        prompt: &[u32],
        tokens: &[u32],
        samples: usize,
    ) -> Result<Vec<Word>, String> {
        if !self.decoder.tells_looks() || tokens.is_empty() {
            return Ok(Vec::new());
        }
        let begins = self.begins(states, prompt, tokens, samples)?;
        let told = prompt.iter().find_map(|id| self.config.languages.iter().find(|(_, known)| known == id));
        let blanks = told.is_none_or(|(tag, _)| !WITHOUT_BLANKS.contains(&tag.as_str()));
        let (mut words, mut text) = (Vec::new(), Vec::new());
        for (token, position) in tokens.iter().zip(begins) {
            let bytes = self.tokens.bytes(*token);
            let begins = if blanks {
                text.is_empty() || bytes.first().is_some_and(u8::is_ascii_whitespace)
            } else {
                std::str::from_utf8(&text).is_ok()
            };
            if begins && !bytes.is_empty() {
                let blank = bytes.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
                words.push(Word { offset: text.len() + blank, at: (position * POSITION) as u64 });
            }
            text.extend_from_slice(bytes);
        }
        // The text is given without the blank in front of it; what has none of a word's bytes is none.
        let lead = text.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        let end = text.len();
        words.retain(|word| word.offset < end);
        words.iter_mut().for_each(|word| word.offset = word.offset.saturating_sub(lead));
        words.dedup_by_key(|word| word.offset);
        Ok(words)
    }

    /// The position at which each token begins.
    ///
    /// # Errors
    /// When it cannot be computed.
    pub fn begins(
        &self,
        states: &Value,
        prompt: &[u32],
        tokens: &[u32],
        samples: usize,
    ) -> Result<Vec<usize>, String> {
        let all: Vec<u32> = prompt.iter().chain(tokens).copied().collect();
        let layers = self.decoder.looks(states, &all)?;
        let heads = if self.config.aligned.is_empty() {
            // Where nobody says which heads follow the speech: all of the later half.
            let (layers, heads) = (self.config.layers, self.config.heads);
            (layers / 2..layers).flat_map(|layer| (0..heads).map(move |head| (layer, head))).collect()
        } else {
            self.config.aligned.clone()
        };
        let columns = (samples / POSITION).clamp(1, states.shape()[1]);
        let first = prompt.len().saturating_sub(1);
        let cost = cost(&layers, &heads, columns, first);
        let mut begins = way(&cost, columns);
        begins.truncate(tokens.len());
        Ok(begins)
    }
}

/// What it costs that a token is said at a position: rows of tokens from the first wanted on.
fn cost(layers: &[NdTensor<f32, 3>], heads: &[(usize, usize)], columns: usize, first: usize) -> Vec<f64> {
    let rows = layers.first().map_or(0, |looks| looks.shape()[1]);
    let mut sum = vec![0.0f64; (rows - first) * columns];
    for (layer, head) in heads {
        let looks = &layers[*layer];
        let mut normal = vec![0.0f64; rows * columns];
        for column in 0..columns {
            let of = |row: usize| f64::from(looks[[*head, row, column]]);
            let mean = (0..rows).map(of).sum::<f64>() / rows as f64;
            let variance = (0..rows).map(|row| (of(row) - mean).powi(2)).sum::<f64>() / rows as f64;
            let deviation = variance.sqrt().max(f64::MIN_POSITIVE);
            for row in 0..rows {
                normal[row * columns + column] = (of(row) - mean) / deviation;
            }
        }
        for (out, row) in sum.chunks_exact_mut(columns).zip(normal.chunks_exact(columns).skip(first)) {
            for (column, out) in out.iter_mut().enumerate() {
                *out -= smooth(row, column) / heads.len() as f64;
            }
        }
    }
    sum
}

/// The median of a place and its neighbours, which are reflected at the ends.
fn smooth(row: &[f64], place: usize) -> f64 {
    if row.len() <= SIDE {
        return row[place];
    }
    let last = row.len() - 1;
    let mut around: [f64; 2 * SIDE + 1] = std::array::from_fn(|n| {
        let at = (place + n).abs_diff(SIDE);
        row[if at > last { 2 * last - at } else { at }]
    });
    around.sort_unstable_by(f64::total_cmp);
    around[SIDE]
}

/// The first column of each row on the cheapest way through.
fn way(cost: &[f64], columns: usize) -> Vec<usize> {
    let (rows, wide) = (cost.len() / columns, columns + 1);
    let mut best = vec![f64::INFINITY; (rows + 1) * wide];
    // From where: 0 from both sides, 1 from the row before, 2 from the column before.
    let mut from = vec![2u8; (rows + 1) * wide];
    best[0] = 0.0;
    for row in 1..=rows {
        from[row * wide] = 1;
    }
    for column in 1..=columns {
        for row in 1..=rows {
            let at = row * wide + column;
            let (both, above, left) = (best[at - wide - 1], best[at - wide], best[at - 1]);
            let (least, step) = if both < above && both < left {
                (both, 0)
            } else if above < both && above < left {
                (above, 1)
            } else {
                (left, 2)
            };
            best[at] = cost[(row - 1) * columns + column - 1] + least;
            from[at] = step;
        }
    }
    let mut begins = vec![0; rows];
    let (mut row, mut column) = (rows, columns);
    while row > 0 || column > 0 {
        if row > 0 {
            begins[row - 1] = column.saturating_sub(1);
        }
        let step = from[row * wide + column];
        row -= usize::from(step != 2);
        column -= usize::from(step != 1);
    }
    begins
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_way_follows_what_is_cheap() {
        // Three rows that are cheap at 0 to 1, 2 to 4 and 5.
        let mut cost = vec![1.0; 3 * 6];
        for (row, column) in [(0, 0), (0, 1), (1, 2), (1, 3), (1, 4), (2, 5)] {
            cost[row * 6 + column] = -1.0;
        }
        assert_eq!(way(&cost, 6), [0, 2, 5]);
    }

    #[test]
    fn a_single_high_value_is_smoothed_away() {
        let row = [0.0, 0.0, 9.0, 0.0, 1.0, 2.0, 3.0, 4.0];
        assert_eq!((smooth(&row, 2), smooth(&row, 7)), (0.0, 2.0));
    }

    proptest! {
        #[test]
        fn beginnings_rise(cost in proptest::collection::vec(-3.0f64..3.0, 1..200), columns in 1usize..20) {
            let rows = cost.len() / columns;
            prop_assume!(rows > 0);
            let begins = way(&cost[..rows * columns], columns);
            prop_assert!(begins.is_sorted() && begins.iter().all(|at| *at < columns));
        }
    }
}
