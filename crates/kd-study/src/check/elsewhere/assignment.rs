//! The best pairing of rows and columns.

/// Which column each row of a square table is paired with, each column once, so that the sum of their numbers is largest:
/// the Hungarian method with potentials, O(K³) (Kuhn 1955, "The Hungarian method for the assignment problem", Naval
/// Research Logistics Quarterly 2).
pub(super) fn best(table: &[Vec<u64>]) -> Vec<usize> {
    let size = table.len();
    // Counted from 1: row 0 and column 0 stand for none.
    let cost = |row: usize, column: usize| -(table[row - 1][column - 1] as i64);
    let (mut of_rows, mut of_columns) = (vec![0_i64; size + 1], vec![0_i64; size + 1]);
    let mut row_of = vec![0; size + 1];
    for row in 1..=size {
        row_of[0] = row;
        let mut column = 0;
        let mut least = vec![i64::MAX; size + 1];
        let mut came_from = vec![0; size + 1];
        let mut is_used = vec![false; size + 1];
        while row_of[column] != 0 {
            is_used[column] = true;
            let here = row_of[column];
            let (mut step, mut next) = (i64::MAX, 0);
            for other in (1..=size).filter(|&other| !is_used[other]) {
                let reduced = cost(here, other) - of_rows[here] - of_columns[other];
                if reduced < least[other] {
                    (least[other], came_from[other]) = (reduced, column);
                }
                if least[other] < step {
                    (step, next) = (least[other], other);
                }
            }
            for other in 0..=size {
                if is_used[other] {
                    of_rows[row_of[other]] += step;
                    of_columns[other] -= step;
                } else if other > 0 {
                    least[other] -= step;
                }
            }
            column = next;
        }
        while column != 0 {
            row_of[column] = row_of[came_from[column]];
            column = came_from[column];
        }
    }
    let mut paired = vec![0; size];
    for column in 1..=size {
        paired[row_of[column] - 1] = column - 1;
    }
    paired
}

#[cfg(test)]
mod tests {
    use kd_core::random::{Concern, Stream};

    use super::*;

    fn sum(table: &[Vec<u64>], pairing: &[usize]) -> u64 {
        pairing.iter().enumerate().map(|(row, &column)| table[row][column]).sum()
    }

    /// Of every pairing.
    fn largest(table: &[Vec<u64>], row: usize, free: &mut Vec<bool>) -> u64 {
        if row == table.len() {
            return 0;
        }
        let mut most = 0;
        for column in 0..table.len() {
            if std::mem::replace(&mut free[column], false) {
                most = most.max(table[row][column] + largest(table, row + 1, free));
                free[column] = true;
            }
        }
        most
    }

    #[test]
    fn no_pairing_is_better() {
        let mut stream = Stream::new(&[3], Concern::Examples);
        for size in [1, 2, 3, 5, 6] {
            for _ in 0..20 {
                let table: Vec<Vec<u64>> =
                    (0..size).map(|_| (0..size).map(|_| stream.below(9)).collect()).collect();
                let mut pairing = best(&table);
                assert_eq!(sum(&table, &pairing), largest(&table, 0, &mut vec![true; size]), "{table:?}");
                pairing.sort_unstable();
                assert_eq!(pairing, (0..size).collect::<Vec<_>>());
            }
        }
        assert!(best(&[]).is_empty());
    }
}
