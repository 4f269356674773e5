//! Reads the comments that compilers have kept: in syntax trees, and in the metadata of contracts.

use serde_json::Value;

use super::{InlineConfig, PREFIX, entries};

/// Of the definition of a contract in a syntax tree.
pub(super) fn read_ast(ast: &Value, contract: &str, config: &mut InlineConfig) {
    let is_contract =
        |node: &&Value| node["nodeType"] == "ContractDefinition" && node["name"] == contract;
    let Some(definition) = nodes(ast).find(is_contract) else {
        return;
    };
    read_node(definition, None, config);
    for function in nodes(definition).filter(|node| node["nodeType"] == "FunctionDefinition") {
        if let Some(name) = function["name"].as_str() {
            read_node(function, Some(name), config);
        }
    }
}

fn nodes(of: &Value) -> impl Iterator<Item = &Value> {
    of["nodes"].as_array().into_iter().flatten()
}

fn read_node(node: &Value, function: Option<&str>, config: &mut InlineConfig) {
    let documentation = &node["documentation"];
    // Compilers before 0.6.3 wrote the text itself.
    let text = documentation["text"]
        .as_str()
        .or_else(|| documentation.as_str());
    if let Some(text) = text.filter(|text| text.contains(PREFIX)) {
        let place = documentation["src"].as_str().unwrap_or("?");
        config.add(function, entries(text, place));
    }
}

/// Of what the documentation for users and developers says about a contract.
pub(super) fn read_metadata(metadata: &Value, config: &mut InlineConfig) {
    let output = &metadata["output"];
    for (documents, texts) in [
        (&output["userdoc"], ["notice"].as_slice()),
        (&output["devdoc"], ["details", "title"].as_slice()),
    ] {
        for text in texts {
            if let Some(text) = documents[*text].as_str() {
                config.add(None, entries(text, "?"));
            }
        }
        let methods = documents["methods"].as_object().into_iter().flatten();
        for (signature, method) in methods {
            let name = signature.split('(').next();
            for text in texts {
                if let Some(text) = method[*text].as_str() {
                    config.add(name, entries(text, "?"));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::TestOptions;
    use super::*;

    fn runs(config: &InlineConfig, function: Option<&str>) -> u32 {
        let mut options = TestOptions::default();
        config
            .apply(function, "default", &[], &mut options)
            .unwrap();
        options.fuzz.runs
    }

    #[test]
    fn syntax_trees_have_comments() {
        let ast = json!({ "nodes": [
            { "nodeType": "ContractDefinition", "name": "Other" },
            { "nodeType": "ContractDefinition", "name": "A",
              "documentation": { "text": "forge-config: default.fuzz.runs = 5", "src": "1:2:3" },
              "nodes": [
                { "nodeType": "FunctionDefinition", "name": "f",
                  "documentation": { "text": " notice\n forge-config: default.fuzz.runs = 6" } },
                { "nodeType": "FunctionDefinition", "name": "g", "documentation": null },
                { "nodeType": "VariableDeclaration" },
              ] },
        ] });
        let config = InlineConfig::from_ast("A.sol", &ast, "A");
        assert_eq!(runs(&config, None), 5);
        assert_eq!(runs(&config, Some("f")), 6);
        assert_eq!(runs(&config, Some("g")), 5);
        assert!(InlineConfig::from_ast("A.sol", &ast, "B").is_empty());
        assert!(InlineConfig::from_ast("A.sol", &json!([1, "x"]), "A").is_empty());
    }

    #[test]
    fn metadata_have_comments_whose_lines_were_joined() {
        let metadata = json!({ "output": {
            "userdoc": { "notice": "forge-config: default.fuzz.runs = 5", "methods": {
                "f(uint256)": { "notice": "forge-config: default.fuzz.runs = 6forge-config: default.fuzz.show_logs = true" },
            } },
            "devdoc": { "methods": { "g()": { "details": "forge-config: default.fuzz.runs = 7" } } },
        } });
        let config = InlineConfig::from_metadata("A.sol", &metadata);
        assert_eq!(runs(&config, None), 5);
        assert_eq!(runs(&config, Some("f")), 6);
        assert_eq!(runs(&config, Some("g")), 7);
    }
}
