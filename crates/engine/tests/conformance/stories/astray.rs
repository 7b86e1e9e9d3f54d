//! What was lost on its way to us, or came late: told again by the provider, found by asking, or gone without harm to the rest.

use anyhow::{Result, ensure};
use serde_json::json;

use super::arriving::texts;
use crate::stage::Stage;
use crate::table::Verdict::{self, Lacks, Met};

pub fn told_again(stage: &mut Stage) -> Result<Verdict> {
    stage.says("before")?;
    stage.pass(2)?;
    stage.faults(json!({ "drop_webhook": 1 }));
    stage.says("lost on the way")?;
    stage.pass(2)?;
    ensure!(texts(&stage.customers()?) == ["before"], "it was not lost");
    stage.says("the next one")?;
    stage.pass(300)?;
    let came = stage.customers()?;
    let mut words = texts(&came);
    words.sort_unstable();
    ensure!(words == ["before", "lost on the way", "the next one"], "{words:?}");
    Ok(Met)
}

pub fn lost_for_good(stage: &mut Stage) -> Result<Verdict> {
    if stage.can.streamed || stage.can.letters {
        return Ok(Lacks("kept till read"));
    }
    stage.says("before")?;
    stage.pass(2)?;
    stage.faults(json!({ "drop_webhook": 1, "no_repeats": true }));
    stage.says("lost for good")?;
    stage.pass(600)?;
    ensure!(texts(&stage.customers()?) == ["before"], "it was not lost");
    let Some(found) = stage.catch_up()? else {
        stage.says("and on")?;
        stage.pass(3)?;
        ensure!(texts(&stage.customers()?) == ["before", "and on"], "{:?}", stage.customers()?);
        return Ok(Lacks("lists nothing"));
    };
    ensure!(found == 1, "{found} were new");
    stage.pass(2)?;
    ensure!(stage.catch_up()? == Some(0), "what is known was found again");
    stage.says("and on")?;
    stage.pass(3)?;
    ensure!(texts(&stage.customers()?) == ["before", "lost for good", "and on"], "{:?}", texts(&stage.customers()?));
    Ok(Met)
}

pub fn late_and_mixed(stage: &mut Stage) -> Result<Verdict> {
    if stage.can.streamed {
        return Ok(Lacks("by turns"));
    }
    stage.says("before")?;
    stage.pass(2)?;
    stage.faults(json!({ "delay_ms": 2_000, "jitter_ms": 8_000 }));
    let said = ["one", "two", "three", "four", "five", "six"];
    for text in said {
        stage.says(text)?;
        stage.pass_ms(2)?;
    }
    stage.pass(1)?;
    ensure!(texts(&stage.customers()?) == ["before"], "nothing is late");
    stage.pass(70)?;
    let came = stage.customers()?;
    let words = &texts(&came)[1..];
    let mut sorted = words.to_vec();
    sorted.sort_unstable();
    ensure!(sorted == ["five", "four", "one", "six", "three", "two"], "{words:?}");
    ensure!(words != said, "they came in order");
    // Each says when it was written; a mail server says when it took it.
    if !stage.can.letters {
        let mut written: Vec<_> = came[1..].iter().filter_map(|m| Some((m.provider_at?, m.text.as_str()))).collect();
        written.sort_by_key(|(at, _)| *at);
        let told = written.iter().map(|(at, _)| *at).collect::<std::collections::BTreeSet<_>>().len();
        ensure!(told < said.len() || written.iter().map(|(_, text)| *text).eq(said), "{written:?}");
    }
    Ok(Met)
}
