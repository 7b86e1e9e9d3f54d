use super::check;

#[test]
fn constants_and_equality() {
    check(
        "filter",
        r#"
        1==1                         => true
        1==0                         => false
        lang == "en-CA"              => true
        lang = 'en-CA'               => true
        lang == "EN-CA"              => false
        lang ! = "en"                => true
        'a' < 'b'                    => true
        'Z' < 'a'                    => true
        'ä' > 'z'                    => true
        "10" < "9"                   => true
        true == TRUE                 => true
        vip == 'true'                => false
        vip != 'true'                => true
        vip > false                  => false
        o == null                    => false
        o != null                    => true
        "#,
    );
}

#[test]
fn nulls() {
    check(
        "filter",
        r#"
        missing == null              => true
        n == null                    => true
        missing != null              => false
        null == NULL                 => true
        missing != true              => true
        missing == false             => false
        missing != "x"               => true
        missing == ''                => false
        empty == ''                  => true
        missing > 0                  => false
        missing <= 0                 => false
        missing <= null              => false
        missing == n                 => true
        missing HAS "a"              => false
        "a" IN missing               => false
        "a" NOT IN missing           => false
        missing CONTAINS ""          => false
        lang CONTAINS missing        => false
        "#,
    );
}

#[test]
fn lists() {
    check(
        "filter",
        r#"
        tags HAS "a"                 => true
        "a" IN tags                  => true
        "z" NOT IN tags              => true
        "a" NOT IN tags              => false
        lang IN ["en-CA","fr-CA"]    => true
        lang NOT IN ['fr-CA']        => true
        lang HAS "en-CA"             => false
        lang IN "en-CA"              => false
        lang NOT IN "en-CA"          => false
        lang NOT IN "xx"             => false
        "skills" HAS "x"             => false
        channel IN []                => false
        channel NOT IN []            => true
        lang IN [missing, lang]      => true
        null IN [missing]            => true
        tier IN ["3", 4]             => true
        ["a"] IN tags                => false
        ["a"] NOT IN tags            => true
        tags == "a"                  => false
        tags != "a"                  => false
        tags == tags                 => false
        tags != null                 => false
        tags == null                 => false
        tags < 3                     => false
        [1,2] == [1,2]               => false
        "#,
    );
}

#[test]
fn substrings() {
    check(
        "filter",
        r#"
        lang CONTAINS "en"           => true
        lang CONTAINS "en-CA"        => true
        lang CONTAINS "EN"           => false
        tags CONTAINS "a"            => false
        lang CONTAINS tags           => false
        num CONTAINS 1               => true
        1234 CONTAINS "23"           => true
        o CONTAINS "k"               => false
        "#,
    );
}

#[test]
fn numbers() {
    check(
        "filter",
        r#"
        tier == 3.0                  => true
        1 == 1.0                     => true
        num > 9                      => true
        num == 10                    => true
        10 == num                    => true
        lang > 3                     => false
        lang != 3                    => true
        half < 1                     => true
        -1 < 0                       => true
        1e3 == 1000                  => true
        9007199254740993 == 9007199254740992   => false
        18446744073709551615 > 9223372036854775807 => true
        "#,
    );
}

#[test]
fn precedence() {
    check(
        "filter",
        r#"
        tier >= 3 AND vip == true                    => true
        tier > 3 OR NOT vip == true                  => false
        tier==1 OR tier==3 AND vip==false            => false
        (tier==1 OR tier==3) AND vip==true           => true
        NOT tier==1 AND vip==true                    => true
        NOT (tier==1 AND vip==true)                  => true
        NOT (NOT tier==3)                            => true
        not(tier==3)or(vip=true)                     => true
        "#,
    );
}

#[test]
fn paths() {
    check(
        "filter",
        r#"
        o.k == "v"                   => true
        o.list[0].id == 7            => true
        o . list [ 0 ] . id == 7     => true
        o.list[9].id == null         => true
        o.k.z == null                => true
        o[0] == null                 => true
        o.list.0 == null             => true
        "#,
    );
    check("queue", r#"languages HAS "fr" AND routing.levels.billing >= 4 => true"#);
}

#[test]
fn task_and_worker() {
    check(
        "target",
        r#"
        worker.languages HAS task.lang                                           => false
        task.tier <= worker.level and "billing" in worker.routing.skills         => true
        task.n == worker.unset                                                   => true
        worker.channel.chat.assigned_tasks == 0                                  => true
        task.7up == 1                                                            => true
        tier == 3                                                                => false
        'billing' IN worker.routing.skills                                       => true
        worker == null                                                           => false
        other.x == null                                                          => true
        "#,
    );
}
