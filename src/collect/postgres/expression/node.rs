//! PostgreSQL's own parse of an expression, as `pg_node_tree` writes it, read back as a tree.

/// How deep a tree may be.
const DEEPEST: usize = 400;

/// One node of the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Node {
    /// `{KIND :field …}`; a field has one value, or, as a constant's bytes, several.
    Object(String, Vec<(String, Vec<Node>)>),
    /// `( … )`
    List(Vec<Node>),
    /// A word, a number, or `<>` for nothing.
    Word(String),
}

impl Node {
    /// The tree of a text; none where it is no such text.
    pub(super) fn parse(text: &str) -> Option<Node> {
        let mut words = words(text)?.into_iter().peekable();
        let node = value(&mut words, 0)?;
        words.next().is_none().then_some(node)
    }

    /// The kind of an object, in one spelling for all majors.
    pub(super) fn kind(&self) -> &str {
        match self {
            Node::Object(kind, _) => match kind.as_str() {
                "COALESCE" => "COALESCEEXPR",
                "CASE" => "CASEEXPR",
                "WHEN" => "CASEWHEN",
                "RTE" => "RANGETBLENTRY",
                kind => kind,
            },
            _ => "",
        }
    }

    /// A field's first value.
    pub(super) fn field(&self, name: &str) -> Option<&Node> {
        self.all_of(name).first()
    }

    /// A field's values.
    pub(super) fn all_of(&self, name: &str) -> &[Node] {
        match self {
            Node::Object(_, fields) => {
                fields.iter().find(|(key, _)| key == name).map_or(&[], |(_, values)| values.as_slice())
            }
            _ => &[],
        }
    }

    /// A field as a number.
    pub(super) fn number(&self, name: &str) -> Option<i64> {
        self.field(name)?.word()?.parse().ok()
    }

    /// The elements of a field that is a list.
    pub(super) fn list(&self, name: &str) -> &[Node] {
        match self.field(name) {
            Some(Node::List(items)) => items,
            _ => &[],
        }
    }

    /// A word's text.
    pub(super) fn word(&self) -> Option<&str> {
        match self {
            Node::Word(word) => Some(word),
            _ => None,
        }
    }

    /// Everything directly under a node.
    pub(super) fn children(&self) -> Vec<&Node> {
        match self {
            Node::Object(_, fields) => fields.iter().flat_map(|(_, values)| values).collect(),
            Node::List(items) => items.iter().collect(),
            Node::Word(_) => Vec::new(),
        }
    }
}

enum Token {
    Open(char),
    Close(char),
    Label(String),
    Word(String),
}

/// Words between blanks, braces and parentheses; a backslash protects what follows it.
fn words(text: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            c if c.is_whitespace() => {}
            '{' | '(' => tokens.push(Token::Open(c)),
            '}' | ')' => tokens.push(Token::Close(c)),
            c => {
                let mut word = String::new();
                let mut next = Some(c);
                while let Some(c) = next {
                    word.push(if c == '\\' { chars.next()? } else { c });
                    next = chars.next_if(|c| !c.is_whitespace() && !"{}()".contains(*c));
                }
                tokens.push(match word.strip_prefix(':') {
                    Some(label) if !label.is_empty() => Token::Label(label.to_owned()),
                    _ => Token::Word(word),
                });
            }
        }
    }
    Some(tokens)
}

type Words = std::iter::Peekable<std::vec::IntoIter<Token>>;

fn value(words: &mut Words, depth: usize) -> Option<Node> {
    if depth > DEEPEST {
        return None;
    }
    match words.next()? {
        Token::Word(word) => Some(Node::Word(word)),
        Token::Open('{') => {
            let Token::Word(kind) = words.next()? else { return None };
            let mut fields: Vec<(String, Vec<Node>)> = Vec::new();
            loop {
                match words.peek()? {
                    Token::Close('}') => {
                        words.next();
                        return Some(Node::Object(kind, fields));
                    }
                    Token::Label(_) => {
                        if let Some(Token::Label(label)) = words.next() {
                            fields.push((label, Vec::new()));
                        }
                    }
                    _ => {
                        let one = value(words, depth + 1)?;
                        fields.last_mut()?.1.push(one);
                    }
                }
            }
        }
        Token::Open(_) => {
            let mut items = Vec::new();
            while !matches!(words.peek()?, Token::Close(_)) {
                items.push(value(words, depth + 1)?);
            }
            words.next();
            Some(Node::List(items))
        }
        // a name that begins with a colon
        Token::Label(word) => Some(Node::Word(format!(":{word}"))),
        Token::Close(_) => None,
    }
}
