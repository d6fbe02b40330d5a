//! Tables of reference curves: what is read from them, and how their mistakes are reported.

use super::*;

fn curve(text: &str, network: &str) -> Result<ReferenceCurve, ReferenceProblem> {
    ReferenceCurve::parse(text, "curves/paper.csv", network, Source::MNIST)
}

#[test]
fn a_curve_has_the_points_of_its_network_in_order() {
    let text = "\u{feff}epoch, network ,train_loss,test_accuracy,loss_error\r\n\
                2,a,0.5,,0.01\r\n1,a,0.75,0.8,\r\n1,\"b, wide\",1.5,0.25,0\r\n";
    let read = curve(text, "a").unwrap();
    let first = ReferencePoint {
        epoch: 1,
        train_loss: Some(0.75),
        test_accuracy: Some(0.8),
        ..ReferencePoint::default()
    };
    let second = ReferencePoint {
        epoch: 2,
        train_loss: Some(0.5),
        loss_error: 0.01,
        ..ReferencePoint::default()
    };
    assert_eq!(*read.points, [first, second]);
    assert_eq!((read.file_name(), &read.dataset), ("paper.csv", &Source::MNIST));
    assert_eq!(curve(text, "b, wide").unwrap().points.len(), 1);
}

#[test]
fn every_mistake_is_reported_with_its_line_and_column() {
    const LIKE: &str = "hint: its first line is like network,epoch,train_loss,val_loss,train_accuracy,val_accuracy";
    const KNOWN: &str = "hint: known are `network`, `epoch`, `train_loss`, `val_loss`, `test_loss`, \
                         `train_accuracy`, `val_accuracy`, `test_accuracy`, `loss_error`, `accuracy_error`";
    let rows = |rows: &str| format!("network,epoch,train_loss,val_accuracy\n{rows}");
    let loss = "a finite number, or empty";
    for (text, message) in [
        (String::new(), format!("it has no column `network`\n{LIKE}")),
        ("network,train_loss\na,1".into(), format!("it has no column `epoch`\n{LIKE}")),
        ("network,epoch\na,1".into(), format!("it has no column of losses or accuracies\n{LIKE}")),
        (
            "network,epoch,train_los\n".into(),
            format!("unknown column `train_los`\nhint: did you mean `train_loss`?\n{KNOWN}"),
        ),
        ("network,epoch,epoch\n".into(), "it has two columns `epoch`".into()),
        (rows(""), "it has no rows\nhint: write one row for each network and epoch".into()),
        (rows("a,1,0.5\n"), "line 2 has 3 cells, and the first line has 4".into()),
        (rows("a,1,0.5,0.5,0.5\n"), "line 2 has 5 cells, and the first line has 4".into()),
        (rows("a,1,,\n,2,,\n"), "line 3: `network` must be a name of 1 to 100 characters on one line, got ``".into()),
        (
            rows("a,0,,\n"),
            "line 2: `epoch` must be a whole number from 1 to 1000000, got `0`".into(),
        ),
        (
            rows("a,1.5,,\n"),
            "line 2: `epoch` must be a whole number from 1 to 1000000, got `1.5`".into(),
        ),
        (rows("a,1,NaN,\n"), format!("line 2: `train_loss` must be {loss}, got `NaN`")),
        (rows("a,1,-inf,\n"), format!("line 2: `train_loss` must be {loss}, got `-inf`")),
        (rows("a,1,1e999,\n"), format!("line 2: `train_loss` must be {loss}, got `1e999`")),
        (rows("a,1,low,\n"), format!("line 2: `train_loss` must be {loss}, got `low`")),
        (
            rows("a,1,,86.9\n"),
            "line 2: `val_accuracy` must be a fraction from 0 to 1 (0.87 for 87%), or empty, got `86.9`".into(),
        ),
        (
            rows("a,1,,\na,2,,\na,1,,\n"),
            "line 4: a second row for epoch 1 of network `a`".into(),
        ),
        (
            rows("wide,1,,\nnarrow,1,,\n"),
            "it has no network `wid`\nhint: did you mean `wide`?\nhint: its networks are `wide`, `narrow`".into(),
        ),
        (
            "network,epoch,train_loss,loss_error\na,1,1,-1\n".into(),
            "line 2: `loss_error` must be a finite number, 0 or above, or empty, got `-1`".into(),
        ),
    ] {
        assert_eq!(curve(&text, "wid").unwrap_err().to_string(), message, "{text:?}");
    }
}
