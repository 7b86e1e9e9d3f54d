//! What a file of workers would change: every line judged, nothing done.

use std::collections::{BTreeMap, BTreeSet};

use model::{Activity, ActivityId, Refusal, Worker, WorkerId};

use super::sheet::{Column, MOST_COLUMNS, MOST_LINES, Told, put, unguard};
use crate::Problem;
use crate::refusal::wrong_input;

/// A file, read but not judged.
pub struct Sheet {
    pub columns: Vec<Column>,
    /// With the number each has in the file, counted from 1.
    pub lines: Vec<(u64, Vec<String>)>,
}

pub struct Planned {
    pub line: u64,
    /// As it is; none for a worker to be made.
    pub before: Option<Worker>,
    pub worker: Worker,
}

/// A line that cannot be followed.
pub struct Refused {
    pub line: u64,
    /// The column to blame, or nothing where it is the whole line.
    pub column: Option<String>,
    pub problem: Problem,
}

#[derive(Default)]
pub struct Plan {
    pub lines: usize,
    pub unchanged: usize,
    pub planned: Vec<Planned>,
    pub refused: Vec<Refused>,
}

/// What the lines are judged against.
pub struct House {
    pub workers: BTreeMap<WorkerId, Worker>,
    pub activities: BTreeMap<ActivityId, Activity>,
    /// Unique names of the task channels that there are.
    pub channels: BTreeSet<String>,
}

impl Sheet {
    /// Reads a file: UTF-8 with or without its mark; comma, semicolon or tab, whichever its first line has most of.
    ///
    /// # Errors
    /// When it is no such text, or its columns cannot be told.
    pub fn read(bytes: &[u8]) -> Result<Self, Problem> {
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let line = bytes[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count() + 1;
            Problem::invalid("/file", "csv_not_text", format!("Line {line} is not UTF-8")).with("line", line as u64)
        })?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        // Some programs say their separator in a line of its own.
        let skipped = text.strip_prefix("sep=").and_then(|rest| rest.split_once('\n')).map(|(_, rest)| rest);
        let first = u64::from(skipped.is_some());
        let text = skipped.unwrap_or(text);
        let mut reader =
            csv::ReaderBuilder::new().delimiter(separator(text)).flexible(true).has_headers(false).from_reader(text.as_bytes());
        let mut seen = (0, 1);
        let mut columns = None;
        let mut lines = Vec::new();
        for record in reader.records() {
            let unreadable = |error: csv::Error| Problem::invalid("/file", "csv_not_text", error.to_string());
            let record = record.map_err(unreadable)?;
            seen = line_on(text.as_bytes(), seen, record.position().map_or(0, csv::Position::byte));
            let line = first + seen.1;
            if record.iter().all(|cell| cell.trim().is_empty()) {
                continue;
            }
            if columns.is_none() {
                columns = Some(titles(&record)?);
                continue;
            }
            if lines.len() == MOST_LINES {
                let detail = format!("A file has at most {MOST_LINES} lines");
                return Err(Problem::invalid("/file", "csv_too_many", detail).with("limit", MOST_LINES as u64));
            }
            lines.push((line, record.iter().map(|cell| unguard(cell).to_owned()).collect()));
        }
        let columns = columns.ok_or_else(|| Problem::invalid("/file", "csv_columns", "The file is empty").with("name", ""))?;
        Ok(Self { columns, lines })
    }
}

/// Where a record begins and its line, counted on from an earlier one: behind the end of the line before, whose second sign the reader
/// may still have before it.
fn line_on(text: &[u8], (at, line): (usize, u64), byte: u64) -> (usize, u64) {
    let from = (byte as usize).clamp(at, text.len());
    let ends = text[from..].iter().take_while(|sign| matches!(sign, b'\r' | b'\n')).count();
    let to = from + ends;
    (to, line + text[at..to].iter().filter(|sign| **sign == b'\n').count() as u64)
}

fn titles(record: &csv::StringRecord) -> Result<Vec<Column>, Problem> {
    let unknown = |title: &str| {
        let detail = format!("There is no column {title}");
        Problem::invalid("/file", "csv_columns", detail).with("name", title)
    };
    if record.len() > MOST_COLUMNS {
        let detail = format!("A file has at most {MOST_COLUMNS} columns");
        return Err(Problem::invalid("/file", "too_many", detail).with("limit", MOST_COLUMNS as u64));
    }
    let mut columns = Vec::new();
    for title in record {
        let column = Column::read(unguard(title).trim()).ok_or_else(|| unknown(title))?;
        if columns.contains(&column) {
            return Err(Problem::invalid("/file", "csv_twice", format!("The column {title} is there twice")).with("name", title));
        }
        columns.push(column);
    }
    if !columns.contains(&Column::Id) {
        return Err(Problem::invalid("/file", "csv_no_id", "The column id is missing"));
    }
    Ok(columns)
}

fn separator(text: &str) -> u8 {
    let head = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let count = |sign: u8| head.bytes().filter(|byte| *byte == sign).count();
    [b',', b';', b'\t'].into_iter().rev().max_by_key(|sign| count(*sign)).unwrap_or(b',')
}

impl Plan {
    /// Judges each line. `create` is what a line without an id begins with: the id it gets, and a worker as new ones are.
    pub fn of(sheet: &Sheet, house: &House, mut create: impl FnMut(u64) -> Option<Worker>) -> Self {
        let mut plan = Self { lines: sheet.lines.len(), ..Self::default() };
        let id_column = sheet.columns.iter().position(|column| *column == Column::Id);
        let mut ids = BTreeSet::new();
        for (line, cells) in &sheet.lines {
            let id: Option<WorkerId> = id_column.and_then(|at| cells.get(at)?.trim().parse().ok());
            // Also where one of the two lines says what is there: it cannot be both.
            let again = id.filter(|id| !ids.insert(*id));
            match (judge(*line, cells, sheet, house, &mut create), again) {
                (Err((column, problem)), _) => {
                    plan.refused.push(Refused { line: *line, column: column.map(|one| one.title()), problem });
                }
                (Ok(_), Some(id)) => {
                    let problem = wrong_input("id", "twice", format!("{id} is there twice"), None, BTreeMap::new());
                    plan.refused.push(Refused { line: *line, column: Some(Column::Id.title()), problem });
                }
                (Ok(Some(planned)), None) => plan.planned.push(planned),
                (Ok(None), None) => plan.unchanged += 1,
            }
        }
        plan.judge_together(sheet, house);
        plan.refused.sort_by_key(|refused| refused.line);
        plan
    }

    /// What only the others show: names that are taken, workers that stand there twice.
    fn judge_together(&mut self, sheet: &Sheet, house: &House) {
        let workers: Vec<Worker> = self.planned.iter().map(|planned| planned.worker.clone()).collect();
        let wrong = router::check_workers(&workers, house.workers.values(), |id| house.activities.contains_key(&id));
        let places: BTreeSet<usize> = wrong.iter().map(|(no, _)| *no).collect();
        for (no, refusal) in wrong {
            let Refusal::Invalid { field, code, detail, offset, params } = refusal else { continue };
            let column = sheet.columns.iter().find(|column| blamed(column, &field)).map(Column::title);
            let problem = wrong_input(&field, &code, detail, offset, params);
            self.refused.push(Refused { line: self.planned[no].line, column, problem });
        }
        let mut no = 0;
        self.planned.retain(|_| {
            no += 1;
            !places.contains(&(no - 1))
        });
    }

    pub fn new_workers(&self) -> usize {
        self.planned.iter().filter(|planned| planned.before.is_none()).count()
    }
}

fn blamed(column: &Column, field: &str) -> bool {
    match column {
        Column::Id => field == "id",
        Column::Name => field == "name",
        Column::Capacity(channel) => field.strip_prefix("channels.").and_then(|rest| rest.strip_suffix(".capacity")) == Some(channel),
        Column::Skills => field == "attributes",
        _ => false,
    }
}

type Blamed<'a> = (Option<&'a Column>, Problem);

fn judge<'s>(
    line: u64,
    cells: &[String],
    sheet: &'s Sheet,
    house: &House,
    create: &mut impl FnMut(u64) -> Option<Worker>,
) -> Result<Option<Planned>, Blamed<'s>> {
    let (found, wanted) = (cells.len(), sheet.columns.len());
    if found != wanted {
        let detail = format!("{found} cells under {wanted} columns");
        return Err((None, Problem::invalid("", "csv_cells", detail).with("found", found as u64).with("wanted", wanted as u64)));
    }
    let id_column = sheet.columns.iter().find(|column| **column == Column::Id);
    let id = sheet.columns.iter().zip(cells).find(|(column, _)| **column == Column::Id).map_or("", |(_, cell)| cell.trim());
    let before = match id {
        "" => None,
        id => {
            let held = id.parse().ok().and_then(|id: WorkerId| house.workers.get(&id));
            let unknown = || Problem::invalid("", "unknown_agent", format!("There is no agent {id}")).with("name", id);
            Some(held.ok_or_else(|| (id_column, unknown()))?)
        }
    };
    let (before, start) = match before {
        Some(held) => (Some(held.clone()), held.clone()),
        None => {
            let made = create(line).ok_or_else(|| (id_column, Problem::invalid("", "csv_new", "This line has no id")))?;
            // A repeated request finds whom it made.
            (house.workers.get(&made.id).cloned(), house.workers.get(&made.id).cloned().unwrap_or(made))
        }
    };
    let mut worker = start.clone();
    let told = Told::new(&start, &house.activities);
    for (column, cell) in sheet.columns.iter().zip(cells) {
        if told.cell(column).trim() == cell.trim() && before.is_some() {
            continue;
        }
        if let Column::Capacity(channel) = column
            && !house.channels.contains(channel)
        {
            let detail = format!("There is no task channel {channel}");
            return Err((Some(column), Problem::invalid("", "unknown", detail)));
        }
        if *column == Column::Name && start.user_id.is_some() {
            return Err((Some(column), Problem::invalid("", "csv_signs_in", "Who signs in is renamed as a member")));
        }
        put(&mut worker, column, cell).map_err(|problem| (Some(column), problem))?;
    }
    let same = before.as_ref().is_some_and(|before| *before == worker);
    Ok((!same).then_some(Planned { line, before, worker }))
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
