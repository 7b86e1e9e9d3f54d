use std::collections::BTreeMap;

use model::{Ids, Timestamp, UserId, WorkerChannel};

use super::super::sheet::{columns, guard};
use super::*;

fn worker(ids: &mut Ids, activity: ActivityId, name: &str, attributes: &str) -> Worker {
    Worker {
        id: ids.next(),
        name: name.into(),
        attributes: attributes.into(),
        activity_id: activity,
        activity_since: Timestamp::default(),
        channels: BTreeMap::from([("chat".into(), WorkerChannel { capacity: 3, available: false })]),
        user_id: None,
        connected: false,
        idle_since: Timestamp::default(),
        idle_by_channel: BTreeMap::new(),
        deleted: false,
        updated_at: Timestamp::default(),
        version: 4,
    }
}

fn house(workers: &[(&str, &str)]) -> (House, Ids) {
    let mut ids = Ids::new(Timestamp::from_secs(1_000), 1);
    let activity = Activity { id: ids.next(), name: "Available".into(), available: true, updated_at: Timestamp::default() };
    let workers = workers.iter().map(|(name, attributes)| worker(&mut ids, activity.id, name, attributes));
    let workers = workers.collect::<Vec<_>>().into_iter().map(|worker| (worker.id, worker)).collect();
    let activities = BTreeMap::from([(activity.id, activity)]);
    (House { workers, activities, channels: ["chat", "sms"].map(str::to_owned).into() }, ids)
}

/// The file that the house would be told as.
fn file(house: &House) -> String {
    let columns = columns(house.workers.values(), house.channels.iter().cloned());
    let mut out = csv::Writer::from_writer(Vec::new());
    out.write_record(columns.iter().map(Column::title)).unwrap();
    for worker in house.workers.values() {
        let told = Told::new(worker, &house.activities);
        out.write_record(columns.iter().map(|column| guard(&told.cell(column)))).unwrap();
    }
    String::from_utf8(out.into_inner().unwrap()).unwrap()
}

fn plan(text: &str, house: &House) -> Plan {
    Plan::of(&Sheet::read(text.as_bytes()).unwrap(), house, |_| None)
}

fn refused(plan: &Plan) -> Vec<(u64, Option<&str>, &str)> {
    plan.refused.iter().map(|one| (one.line, one.column.as_deref(), one.problem.code())).collect()
}

#[test]
fn what_is_told_changes_nothing_when_it_comes_back() {
    let (house, _) = house(&[
        ("Ana", r#"{ "routing": {"skills": ["billing", "a|b", "c:1", "d\\e", "=1+1"], "levels": {"billing": 80, "a|b": 7.5}} }"#),
        ("=cmd|' /C calc'!A0", r#"{"languages":["de","en"],"department":"@home","level":-5,"note":"-x","odd":"5","list":[1,{"a":null}]}"#),
        ("'=Ben", r#"{"routing":"by hand","languages":"de","note":"+49, \"quoted\"\nand a line"}"#),
        ("고객, 지원; \"A\"", "{}"),
    ]);
    let text = file(&house);
    for line in text.split(['\n', ',']) {
        assert!(!line.starts_with(['=', '+', '-', '@']), "{line}");
    }
    for told in [text.clone(), format!("\u{feff}{}", text.replace('\n', "\r\n")), format!("sep=,\r\n{text}")] {
        // Line ends within a cell are the file's own business.
        let plan = plan(&told, &house);
        assert_eq!(refused(&plan), []);
        let changed: Vec<_> = plan.planned.iter().map(|one| (one.line, one.worker.attributes.replace("\\r", ""))).collect();
        assert!(changed.len() <= 1 && plan.lines == 4, "{changed:?}");
        assert!(told.contains('\r') || plan.unchanged == 4);
    }
}

#[test]
fn a_cell_changes_its_own_part_alone() {
    let (house, _) = house(&[("Ana", r#"{"level":5,"routing":{"skills":["de"],"levels":{"de":8}},"languages":["de"]}"#)]);
    let id = house.workers.keys().next().unwrap();
    // As German tables write it.
    let text = format!("id;skills;capacity.chat;attributes.level\r\n{id};\"ko : 7,5|de\";5;\"{{\"\"a\"\":1}}\"\r\n");
    let plan = plan(&text, &house);
    let worker = &plan.planned[0].worker;
    assert_eq!(worker.attributes, r#"{"level":{"a":1},"routing":{"skills":["ko","de"],"levels":{"ko":7.5}},"languages":["de"]}"#);
    assert_eq!(worker.channels["chat"], WorkerChannel { capacity: 5, available: false }, "whether they take any stays");
    assert_eq!((worker.name.as_str(), worker.version), ("Ana", 4));
    let cleared = Plan::of(
        &Sheet::read(format!("id\tskills\tlanguages\tcapacity.chat\tattributes.level\n{id}\t\t\t\t\n").as_bytes()).unwrap(),
        &house,
        |_| None,
    );
    assert_eq!(cleared.planned[0].worker.attributes, "{}");
    assert_eq!(cleared.planned[0].worker.channels["chat"].capacity, 3);
}

#[test]
fn an_agent_stands_in_one_line_even_where_another_changes_nothing() {
    let (house, _) = house(&[("Ana", "{}")]);
    let id = house.workers.keys().next().unwrap();
    let plan = plan(&format!("id,skills\n{id},de\n{id},\n"), &house);
    assert_eq!((refused(&plan), plan.planned.len(), plan.unchanged), (vec![(3, Some("id"), "twice")], 1, 0));
    let wide = (0..=MOST_COLUMNS).map(|no| format!("attributes.a{no}")).collect::<Vec<_>>().join(",");
    assert_eq!(Sheet::read(format!("{wide}\n").as_bytes()).err().map(|problem| problem.code().to_owned()).as_deref(), Some("too_many"));
}

#[test]
fn each_wrong_line_is_named_with_its_column() {
    let (mut house, mut ids) = house(&[("Ana", "{}"), ("Ben", r#"{"routing":1}"#), ("Cho", "{}")]);
    let all: Vec<WorkerId> = house.workers.keys().copied().collect();
    house.workers.get_mut(&all[2]).unwrap().user_id = Some(ids.next::<UserId>());
    let text = format!(
        "id,name,skills,capacity.chat,capacity.sms\n{},Ben,,,\n{},Ben,de,,\n{},Cha,,,\n,New,,,\nWK12,X,,,\n{},Ana,,many,\n{},Ana,,,1001\n{},Ana\n{},\"{}\",,,\n",
        all[0],
        all[1],
        all[2],
        all[0],
        all[0],
        all[0],
        all[0],
        "x".repeat(65)
    );
    let plan = plan(&text, &house);
    assert_eq!(
        refused(&plan),
        [
            (2, Some("name"), "name_taken"),
            (3, Some("skills"), "csv_no_place"),
            (4, Some("name"), "csv_signs_in"),
            (5, Some("id"), "csv_new"),
            (6, Some("id"), "unknown_agent"),
            (7, Some("capacity.chat"), "wrong_type"),
            (8, Some("id"), "twice"),
            (9, None, "csv_cells"),
            (10, Some("id"), "twice"),
        ]
    );
    let taken = plan_of(&format!("id,name\n{},Ben\n", all[0]), &house);
    assert_eq!(taken, [(2, Some("name".to_owned()), "name_taken".to_owned())]);
    let range = plan_of(&format!("id,capacity.sms\n{},1001\n", all[0]), &house);
    assert_eq!(range, [(2, Some("capacity.sms".to_owned()), "out_of_range".to_owned())]);
    let swapped = plan_of(&format!("id,name\n{},Ben\n{},Ana\n", all[0], all[1]), &house);
    assert_eq!(swapped, [], "two may exchange their names");
}

fn plan_of(text: &str, house: &House) -> Vec<(u64, Option<String>, String)> {
    plan(text, house).refused.iter().map(|one| (one.line, one.column.clone(), one.problem.code().to_owned())).collect()
}

#[test]
fn new_workers_are_made_only_where_that_is_asked_for() {
    let (house, mut ids) = house(&[("Ana", "{}")]);
    let activity = *house.activities.keys().next().unwrap();
    let sheet = Sheet::read("id,name,skills,capacity.chat\n,Dan,de:5,4\n,Eve,,\n,Ana,,\n".as_bytes()).unwrap();
    let plan = Plan::of(&sheet, &house, |_| Some(worker(&mut ids, activity, "", "{}")));
    assert_eq!((plan.new_workers(), refused(&plan)), (2, vec![(4, Some("name"), "name_taken")]));
    assert_eq!(plan.planned[0].worker.attributes, r#"{"routing":{"skills":["de"],"levels":{"de":5}}}"#);
    assert_eq!(plan.planned[0].worker.channels["chat"].capacity, 4);
}

#[test]
fn a_file_that_is_none_is_refused_as_a_whole() {
    let code = |bytes: &[u8]| Sheet::read(bytes).err().map(|problem| problem.code().to_owned());
    assert_eq!(code(b""), Some("csv_columns".into()));
    assert_eq!(code(b"id,skils\n"), Some("csv_columns".into()));
    assert_eq!(code(b"id,name,name\n"), Some("csv_twice".into()));
    assert_eq!(code(b"name,skills\n"), Some("csv_no_id".into()));
    assert_eq!(code(b"id,name\nWK1,J\xf6rg\n"), Some("csv_not_text".into()));
    assert_eq!(code(b"id,attributes.routing\n"), Some("csv_columns".into()));
    let long = format!("id\n{}", "WK1\n".repeat(MOST_LINES + 1));
    assert_eq!(code(long.as_bytes()), Some("csv_too_many".into()));
    assert_eq!(code(b"id,name\n"), None);
}
