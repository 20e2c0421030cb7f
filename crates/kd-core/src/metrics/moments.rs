/// Means and centred sums of pairs of numbers, taken one by one: what the parts were leaves no trace.
///
/// Welford 1962, "Note on a Method for Calculating Corrected Sums of Squares and Products".
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Moments {
    count: f64,
    mean_x: f64,
    mean_y: f64,
    /// `Σ (x - mean)²`.
    xx: f64,
    /// `Σ (x - mean) (y - mean)`.
    xy: f64,
}

impl Moments {
    pub(super) fn add(&mut self, x: f64, y: f64) {
        self.count += 1.0;
        let from_old_mean = x - self.mean_x;
        self.mean_x += from_old_mean / self.count;
        self.mean_y += (y - self.mean_y) / self.count;
        self.xx += from_old_mean * (x - self.mean_x);
        self.xy += from_old_mean * (y - self.mean_y);
    }

    pub(super) fn count(&self) -> f64 {
        self.count
    }

    /// `Σ (x - mean)²`.
    pub(super) fn variation(&self) -> f64 {
        self.xx
    }

    /// Least-squares slope of y against x; none where x does not vary.
    pub(super) fn slope(&self) -> Option<f64> {
        let slope = self.xy / self.xx;
        slope.is_finite().then_some(slope)
    }
}
