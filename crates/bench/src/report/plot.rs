//! The comparisons as bars, each with its spread.

use std::error::Error;
use std::path::Path;

use anyhow::{Result, anyhow};
use plotters::coord::Shift;
use plotters::prelude::{
    BLACK, ChartBuilder, Color, DrawingArea, IntoDrawingArea,
    IntoSegmentedCoord, PathElement, RGBColor, Rectangle, SVGBackend,
    SegmentValue, Text, WHITE,
};

use super::table::figure;
use crate::compare::Outcome;

/// Sizes in pixels: of a picture's width, of a bar with its room, of what a
/// comparison needs beside its bars, and of the line with the machine's name.
const WIDTH: u32 = 900;
const BAR: u32 = 26;
const BESIDE: u32 = 90;
const HEAD: u32 = 30;

const BARS: RGBColor = RGBColor(0, 104, 170);

/// Draws them below each other, each in a scale of its own.
///
/// # Errors
///
/// When the file cannot be written.
pub fn plot(file: &Path, machine: &str, outcomes: &[Outcome]) -> Result<()> {
    draw(file, machine, outcomes)
        .map_err(|error| anyhow!("drawing {}: {error}", file.display()))
}

fn draw(
    file: &Path,
    machine: &str,
    outcomes: &[Outcome],
) -> Result<(), Box<dyn Error>> {
    let heights = outcomes.iter().map(height);
    let size = (WIDTH, HEAD + heights.sum::<u32>());
    let root = SVGBackend::new(file, size).into_drawing_area();
    root.fill(&WHITE)?;
    root.draw(&Text::new(machine.to_owned(), (10, 8), ("sans-serif", 14)))?;
    let (_, mut rest) = root.split_vertically(HEAD);
    for outcome in outcomes {
        let (area, below) = rest.split_vertically(height(outcome));
        bars(&area, outcome)?;
        rest = below;
    }
    root.present()?;
    Ok(())
}

fn height(outcome: &Outcome) -> u32 {
    let bars = u32::try_from(outcome.rows.len()).unwrap_or_default();
    BESIDE + BAR * bars
}

fn bars(
    area: &DrawingArea<SVGBackend, Shift>,
    outcome: &Outcome,
) -> Result<(), Box<dyn Error>> {
    let rows = &outcome.rows;
    let most = rows.iter().map(|row| row.spread[1]).fold(0.0, f64::max);
    // The first row stands at the top.
    let count = rows.len();
    let name = |place: &SegmentValue<usize>| match place {
        SegmentValue::CenterOf(place) if *place < count => {
            rows[count - 1 - place].name.clone()
        }
        _ => String::new(),
    };
    let mut chart = ChartBuilder::on(area)
        .caption(&outcome.title, ("sans-serif", 16))
        .margin(8)
        .margin_right(60)
        .x_label_area_size(34)
        .y_label_area_size(190)
        .build_cartesian_2d(
            0.0..most,
            (0..count.saturating_sub(1)).into_segmented(),
        )?;
    chart
        .configure_mesh()
        .disable_y_mesh()
        .label_style(("sans-serif", 12))
        .axis_desc_style(("sans-serif", 12))
        .max_light_lines(1)
        .x_desc(outcome.unit)
        .y_labels(count)
        .y_label_formatter(&name)
        .x_label_formatter(&|value| figure(*value))
        .draw()?;
    for (place, row) in rows.iter().rev().enumerate() {
        let [least, most] = row.spread;
        let ends = [
            (0.0, SegmentValue::Exact(place)),
            (row.value, SegmentValue::Exact(place + 1)),
        ];
        let mut bar = Rectangle::new(ends, BARS.mix(0.6).filled());
        bar.set_margin(4, 4, 0, 0);
        chart.draw_series([bar])?;
        let middle = SegmentValue::CenterOf(place);
        let spread = vec![(least, middle.clone()), (most, middle)];
        chart.draw_series([PathElement::new(spread, BLACK)])?;
    }
    Ok(())
}
