//! Cuts lines and areas at the box that they are drawn in.

/// The part of a segment inside a box (Liang and Barsky 1984).
pub fn clip(
    from: (f64, f64),
    to: (f64, f64),
    min: (f64, f64),
    max: (f64, f64),
) -> Option<((f64, f64), (f64, f64))> {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let (mut enter, mut leave) = (0.0_f64, 1.0_f64);
    for (direction, room) in
        [(-dx, from.0 - min.0), (dx, max.0 - from.0), (-dy, from.1 - min.1), (dy, max.1 - from.1)]
    {
        if direction == 0.0 {
            if room < 0.0 {
                return None;
            }
        } else if direction < 0.0 {
            enter = enter.max(room / direction);
        } else {
            leave = leave.min(room / direction);
        }
    }
    // An end that is not cut keeps its exact coordinates, so that neighbouring segments still meet.
    let at = |t: f64| (from.0 + t * dx, from.1 + t * dy);
    (enter < leave).then(|| {
        (if enter > 0.0 { at(enter) } else { from }, if leave < 1.0 { at(leave) } else { to })
    })
}

/// The part of a polygon inside a box (Sutherland and Hodgman 1974).
pub fn clip_polygon(points: &[(f64, f64)], min: (f64, f64), max: (f64, f64)) -> Vec<(f64, f64)> {
    // For each side, how far a point is inside of it.
    let sides: [&dyn Fn((f64, f64)) -> f64; 4] =
        [&|p| p.0 - min.0, &|p| max.0 - p.0, &|p| p.1 - min.1, &|p| max.1 - p.1];
    let mut kept = points.to_vec();
    for inside in sides {
        let corners = std::mem::take(&mut kept);
        for (index, &to) in corners.iter().enumerate() {
            let from = corners[(index + corners.len() - 1) % corners.len()];
            let (a, b) = (inside(from), inside(to));
            if (a < 0.0) != (b < 0.0) {
                let t = a / (a - b);
                kept.push((from.0 + t * (to.0 - from.0), from.1 + t * (to.1 - from.1)));
            }
            if b >= 0.0 {
                kept.push(to);
            }
        }
    }
    kept
}
