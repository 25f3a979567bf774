//! How are the lines of a network's description written?

use std::fmt::Write;

/// A description that grows.
pub(super) struct Net {
    pub(super) text: String,
    count: usize,
    /// Whether weights are whole numbers.
    pub(super) whole: bool,
    /// Where weights go, if they are shared.
    pub(super) shared: Option<String>,
}

impl Net {
    pub(super) fn new(whole: bool) -> Self {
        Self { text: String::new(), count: 0, whole, shared: None }
    }

    pub(super) fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// A weight: uniform, its variance one over `fan` times the square of `gain`.
    pub(super) fn weight(&mut self, name: &str, dims: &[usize], fan: usize, gain: f32) -> String {
        self.put('w', name, dims, fan, gain)
    }

    fn put(&mut self, kind: char, name: &str, dims: &[usize], fan: usize, gain: f32) -> String {
        let scale = gain * (3.0 / fan as f32).sqrt();
        let to = self.shared.as_mut().unwrap_or(&mut self.text);
        writeln!(to, "{kind} {name} {scale} {}", list(dims)).ok();
        name.to_owned()
    }

    pub(super) fn ints(&mut self, values: &[i64]) -> String {
        self.count += 1;
        let name = format!("const_{}", self.count);
        let all: Vec<String> = values.iter().map(i64::to_string).collect();
        self.line(&format!("i {name} {} {}", values.len(), all.join(",")));
        name
    }

    pub(super) fn int(&mut self, value: i64) -> String {
        self.count += 1;
        let name = format!("const_{}", self.count);
        self.line(&format!("i {name} - {value}"));
        name
    }

    pub(super) fn float(&mut self, value: f32) -> String {
        self.count += 1;
        let name = format!("const_{}", self.count);
        self.line(&format!("f {name} - {value:?}"));
        name
    }

    pub(super) fn op(&mut self, kind: &str, inputs: &[&str], attributes: &str) -> String {
        self.count += 1;
        let name = format!("/{kind}_{}_output_0", self.count);
        self.named(&name, kind, inputs, attributes);
        name
    }

    /// An operator whose output has a name.
    pub(super) fn named(&mut self, output: &str, kind: &str, inputs: &[&str], attributes: &str) {
        let line = format!("n {kind} {output} {} {attributes}", inputs.join(","));
        self.line(line.trim_end());
    }

    pub(super) fn norm(&mut self, x: &str, name: &str, states: usize) -> String {
        let gamma = self.weight(&format!("{name}.weight"), &[states], 3, 1.0);
        let beta = self.weight(&format!("{name}.bias"), &[states], 300, 1.0);
        self.op("LayerNormalization", &[x, &gamma, &beta], "axis=-1 epsilon=0.00001")
    }

    /// A product with a weight `[from, to]`, in whole numbers if these are.
    pub(super) fn linear(&mut self, x: &str, name: &str, dims: [usize; 2], bias: bool) -> String {
        let weight = format!("{name}.weight");
        let y = if self.whole {
            self.put('q', &weight, &dims, dims[0], 1.0);
            self.product(x, &weight, &format!("{weight}_quantized"))
        } else {
            self.weight(&weight, &dims, dims[0], 1.0);
            self.op("MatMul", &[x, &weight], "")
        };
        if !bias {
            return y;
        }
        let bias = self.weight(&format!("{name}.bias"), &[dims[1]], 300, 1.0);
        self.op("Add", &[&bias, &y], "")
    }

    /// A product with weights in whole numbers, given as such.
    pub(super) fn product(&mut self, x: &str, weight: &str, quantised: &str) -> String {
        self.count += 1;
        let [q, scale, zero] = ["q", "scale", "zero"].map(|part| format!("/Dynamic_{}_{part}", self.count));
        self.line(&format!("n DynamicQuantizeLinear {q},{scale},{zero} {x}"));
        let y = self.op("MatMulInteger", &[&q, quantised, &zero, &format!("{weight}_zero_point")], "");
        let y = self.op("Cast", &[&y], "to=1");
        let scale = self.op("Mul", &[&scale, &format!("{weight}_scale")], "");
        self.op("Mul", &[&y, &scale], "")
    }

    /// A table of so many rows.
    pub(super) fn table(&mut self, name: &str, dims: [usize; 2]) {
        let kind = if self.whole { 'q' } else { 'w' };
        self.put(kind, name, &dims, dims[1], 1.0);
    }

    pub(super) fn gelu(&mut self, x: &str) -> String {
        let root = self.float(std::f32::consts::SQRT_2);
        let e = self.op("Div", &[x, &root], "");
        let e = self.op("Erf", &[&e], "");
        let one = self.float(1.0);
        let e = self.op("Add", &[&e, &one], "");
        let y = self.op("Mul", &[x, &e], "");
        let half = self.float(0.5);
        self.op("Mul", &[&y, &half], "")
    }

    /// From `[1, n, states]` to `[1, heads, n, width]`.
    pub(super) fn split(&mut self, x: &str, heads: usize, width: usize) -> String {
        let shape = self.ints(&[0, -1, heads as i64, width as i64]);
        let y = self.op("Reshape", &[x, &shape], "");
        self.op("Transpose", &[&y], "perm=[0,2,1,3]")
    }

    /// And back.
    pub(super) fn join(&mut self, x: &str, states: usize) -> String {
        let y = self.op("Transpose", &[x], "perm=[0,2,1,3]");
        let shape = self.ints(&[0, -1, states as i64]);
        self.op("Reshape", &[&y, &shape], "")
    }
}

fn list(dims: &[usize]) -> String {
    dims.iter().map(usize::to_string).collect::<Vec<_>>().join(",")
}
