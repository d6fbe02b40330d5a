//! What PyTorch, Keras and many programs call layers: which of ours is meant by such a name, for
//! the hint after a name that no layer has.

use fitroom_nearest::nearest;

use super::LayerSpec;

/// Names of layers elsewhere, in lower case without hyphens and underscores, and what the same
/// layer is called here. A PyTorch name with `1d` or `2d` at its end is in the table where the
/// layer is the same. A separable convolution is a `depthwise` with a `conv` of 1×1 behind it.
const SAME: [(&str, &[&str]); 18] = [
    ("dense", &["linear", "fc", "fullyconnected", "lazylinear"]),
    ("conv", &["conv2d", "convolution", "convolution2d", "convolutional", "lazyconv2d"]),
    (
        "depthwise",
        &[
            "depthwiseconv",
            "depthwiseconv2d",
            "depthwiseconvolution",
            "dwconv",
            "separableconv",
            "separableconv2d",
            "separableconvolution",
        ],
    ),
    ("maxpool", &["maxpool2d", "maxpooling", "maxpooling2d"]),
    (
        "avgpool",
        &[
            "avgpool2d",
            "averagepool",
            "averagepool2d",
            "averagepooling",
            "averagepooling2d",
            "meanpool",
        ],
    ),
    (
        "batchnorm",
        &[
            "batchnorm1d",
            "batchnorm2d",
            "batchnormalization",
            "batchnormalisation",
            "bn",
            "bn1d",
            "bn2d",
        ],
    ),
    ("layernorm", &["layernormalization", "layernormalisation", "ln"]),
    ("groupnorm", &["groupnormalization", "groupnormalisation", "gn"]),
    ("spatialdropout", &["dropout2d", "spatialdropout2d", "featuredropout", "channeldropout"]),
    (
        "globalavgpool",
        &[
            "globalavgpool2d",
            "globalaveragepool",
            "globalaveragepool2d",
            "globalaveragepooling",
            "globalaveragepooling2d",
            "globalpool",
            "gap",
            "adaptiveavgpool2d",
        ],
    ),
    (
        "globalmaxpool",
        &["globalmaxpool2d", "globalmaxpooling", "globalmaxpooling2d", "adaptivemaxpool2d"],
    ),
    ("relu", &["rectifier", "rectifiedlinear"]),
    ("leakyrelu", &["lrelu", "leakyrectifier"]),
    ("elu", &["exponentiallinear"]),
    ("silu", &["swish"]),
    ("hardswish", &["hswish", "hardsilu"]),
    ("tanh", &["hyperbolictangent"]),
    ("sigmoid", &["logistic"]),
];

/// Names of other layers that look like a misspelling, a longer name or a shorter name of one of
/// ours. Nothing is offered for them.
const OTHERS: [&str; 26] = [
    "avgpool1d",
    "avgpool3d",
    "batchnorm3d",
    "batchrenorm",
    "batchrenormalization",
    "conv1d",
    "conv3d",
    "convlstm2d",
    "convtranspose",
    "convtranspose1d",
    "convtranspose2d",
    "convtranspose3d",
    "dropblock",
    "dropconnect",
    "droppath",
    "dropout1d",
    "dropout3d",
    "glu",
    "maxpool1d",
    "maxpool3d",
    "maxpooling1d",
    "maxpooling3d",
    "relu6",
    "rrelu",
    "tanhexp",
    "tanhshrink",
];

/// The layer that was probably meant by `name`, which is in lower case: another name of it, or a
/// typing mistake. `None` rather than a layer that does something else.
pub(super) fn meant(name: &str) -> Option<&'static str> {
    // `nn.Conv2d(1` was copied from a program.
    let call = name.split('(').next().unwrap_or_default();
    let bare = call.rsplit('.').next().unwrap_or_default();
    let plain: String = bare.chars().filter(|letter| !matches!(letter, '-' | '_')).collect();
    if OTHERS.contains(&plain.as_str()) {
        return None;
    }
    let same = SAME.iter().find(|(_, others)| others.contains(&plain.as_str()));
    same.map(|&(ours, _)| ours).or_else(|| nearest(bare, LayerSpec::NAMES.iter().copied()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_names_of_other_frameworks_are_translated() {
        for (name, ours) in [
            ("linear", "dense"),
            ("fc", "dense"),
            ("fully_connected", "dense"),
            ("fully-connected", "dense"),
            ("conv2d", "conv"),
            ("convolution", "conv"),
            ("maxpool2d", "maxpool"),
            ("maxpooling2d", "maxpool"),
            ("max_pool2d", "maxpool"),
            ("avgpool2d", "avgpool"),
            ("averagepooling2d", "avgpool"),
            ("avg_pool", "avgpool"),
            ("batchnorm1d", "batchnorm"),
            ("batchnorm2d", "batchnorm"),
            ("batchnormalization", "batchnorm"),
            ("batch_norm", "batchnorm"),
            ("bn", "batchnorm"),
            ("depthwise_conv2d", "depthwise"),
            ("separableconv2d", "depthwise"),
            ("nn.layernorm(64)", "layernorm"),
            ("group_norm", "groupnorm"),
            ("dropout2d", "spatialdropout"),
            ("spatialdropout2d", "spatialdropout"),
            ("globalaveragepooling2d", "globalavgpool"),
            ("adaptive_avg_pool2d(1", "globalavgpool"),
            ("global_max_pool", "globalmaxpool"),
            ("swish", "silu"),
            ("hard_swish", "hardswish"),
            ("leaky_relu", "leakyrelu"),
            ("lrelu", "leakyrelu"),
            ("nn.linear", "dense"),
            ("nn.conv2d(1", "conv"),
            ("layers.dense(128)", "dense"),
        ] {
            assert_eq!(meant(name), Some(ours), "{name}");
        }
    }

    #[test]
    fn nothing_is_offered_for_layers_that_do_something_else() {
        for name in OTHERS.into_iter().chain([
            "conv_transpose2d",
            "prelu",
            "celu",
            "softmax",
            "rmsnorm",
            "lstm",
            "nn.relu6()",
            "",
            "(",
            "nn.",
        ]) {
            assert_eq!(meant(name), None, "{name}");
        }
    }

    #[test]
    fn typing_mistakes_are_still_found() {
        for (name, ours) in
            [("dens", "dense"), ("cov", "conv"), ("droput", "dropout"), ("maxpol", "maxpool")]
        {
            assert_eq!(meant(name), Some(ours), "{name}");
        }
    }

    #[test]
    fn the_table_leads_to_layers_that_exist_from_names_that_do_not() {
        for (ours, others) in SAME {
            assert!(LayerSpec::NAMES.contains(&ours), "{ours}");
            for name in others {
                assert!(!LayerSpec::NAMES.contains(name), "{name}");
                assert_eq!(meant(name), Some(ours), "{name}");
            }
        }
        for name in OTHERS {
            assert!(!LayerSpec::NAMES.contains(&name), "{name}");
        }
    }
}
