//! How do two timelines differ, line by line?

/// The lines of both texts, in order: `  ` in both, `- ` only expected, `+ ` only seen. Long stretches of
/// equal lines are cut to three on either side of a difference.
#[must_use]
pub fn diff(expected: &str, seen: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (expected.lines().collect(), seen.lines().collect());
    let marked = mark(&old, &new);
    let near = |i: usize| {
        let (from, to) = (i.saturating_sub(3), (i + 4).min(marked.len()));
        marked[from..to].iter().any(|(mark, _)| *mark != ' ')
    };
    let mut out = String::new();
    let mut cut = false;
    for (i, (mark, line)) in marked.iter().enumerate() {
        if near(i) {
            out.push_str(&format!("{mark} {line}\n"));
            cut = false;
        } else if !cut {
            out.push_str("  ...\n");
            cut = true;
        }
    }
    out
}

/// The longest common subsequence of lines, as marks. Timelines are short, so the quadratic table is fine;
/// its size is bounded by comparing line by line beyond 2000 lines.
fn mark<'a>(old: &[&'a str], new: &[&'a str]) -> Vec<(char, &'a str)> {
    const MOST: usize = 2000;
    if old.len() > MOST || new.len() > MOST {
        let mut out: Vec<_> = old.iter().map(|line| ('-', *line)).collect();
        out.extend(new.iter().map(|line| ('+', *line)));
        return out;
    }
    let width = new.len() + 1;
    let mut common = vec![0_u16; (old.len() + 1) * width];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            common[i * width + j] = if old[i] == new[j] {
                common[(i + 1) * width + j + 1] + 1
            } else {
                common[(i + 1) * width + j].max(common[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut out = Vec::with_capacity(old.len() + new.len());
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            out.push((' ', old[i]));
            i += 1;
            j += 1;
        } else if j == new.len()
            || (i < old.len() && common[(i + 1) * width + j] >= common[i * width + j + 1])
        {
            out.push(('-', old[i]));
            i += 1;
        } else {
            out.push(('+', new[j]));
            j += 1;
        }
    }
    out
}
