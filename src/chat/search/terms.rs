//! What is searched for: words and how they stand together, and how well a text answers that.

use std::{iter::Peekable, str::Chars};

use crate::chat::{Error, Field, Result};

/// What is searched for, made of a term.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Terms {
    /// All of these.
    All(Vec<Terms>),
    /// One of these.
    Any(Vec<Terms>),
    /// A word.
    Word(Word),
    /// These words in this order.
    Phrase(Vec<Word>),
}

/// A word that is searched for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Word {
    /// That one.
    Whole(String),
    /// That one, or one that has it in it.
    Part(String),
    /// One that looks like this: `?` is a letter and `*` any letters.
    Wild(Vec<char>),
    /// One that differs in so many letters at most.
    Near(Vec<char>, usize),
}

/// How deep terms may stand in one another.
const DEPTH: usize = 32;

/// Up to which length words are compared letter by letter.
const LONGEST_NEAR: usize = 64;

/// The words of a text in small letters. Punctuation only parts them.
pub(super) fn words(text: &str) -> Vec<String> {
    let words = text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect()
}

impl Terms {
    /// All words of a term, each also as a part of a longer one; or the same words in the same order.
    ///
    /// # Errors
    /// There is no word in it.
    pub(super) fn plain(term: &str, exact: bool) -> Result<Self> {
        let words = words(term);
        if words.is_empty() {
            return Err(Error::BadCharacter(Field::Term));
        }
        Ok(if exact {
            Self::Phrase(words.into_iter().map(Word::Whole).collect())
        } else {
            Self::All(words.into_iter().map(|word| Self::Word(Word::Part(word))).collect())
        })
    }

    /// A term with `AND`, `OR`, parentheses, quotes, `?`, `*` and `~` in it. What stands side by side is
    /// all searched for.
    ///
    /// # Errors
    /// There is no word in it, or it is not closed, or an operator lacks a side.
    pub(super) fn advanced(term: &str) -> Result<Self> {
        let mut tokens = tokens(term)?.into_iter().peekable();
        let terms = any(&mut tokens, DEPTH)?;
        if tokens.next().is_some() {
            return Err(malformed());
        }
        Ok(terms)
    }

    /// How often that is in texts, each given as its words; 0 where it is not.
    pub(super) fn score(&self, texts: &[Vec<String>]) -> i64 {
        match self {
            Self::All(terms) => {
                let scores: Vec<_> = terms.iter().map(|term| term.score(texts)).collect();
                if scores.contains(&0) { 0 } else { scores.iter().sum() }
            }
            Self::Any(terms) => terms.iter().map(|term| term.score(texts)).sum(),
            Self::Word(word) => texts.iter().flatten().map(|one| word.weight(one)).sum(),
            Self::Phrase(phrase) => {
                let fits = |window: &&[String]| phrase.iter().zip(*window).all(|(word, one)| word.weight(one) > 0);
                let windows = texts.iter().flat_map(|text| text.windows(phrase.len()));
                i64::try_from(windows.filter(fits).count()).unwrap_or(i64::MAX)
            }
        }
    }
}

impl Word {
    /// 2 for the word itself, 1 for one that is nearly so, 0 for any other.
    fn weight(&self, word: &str) -> i64 {
        match self {
            Self::Whole(whole) => 2 * i64::from(word == whole),
            Self::Part(part) if word == part => 2,
            Self::Part(part) => i64::from(word.contains(part.as_str())),
            Self::Wild(pattern) => 2 * i64::from(looks_like(word, pattern)),
            Self::Near(letters, distance) => {
                let word: Vec<char> = word.chars().collect();
                if word == *letters { 2 } else { i64::from(is_near(&word, letters, *distance)) }
            }
        }
    }
}

/// Whether a word looks like a pattern with `?` and `*`.
fn looks_like(word: &str, pattern: &[char]) -> bool {
    let word: Vec<char> = word.chars().collect();
    let (mut at, mut of) = (0, 0);
    // Where the last star stands, and from where on the word is tried behind it.
    let mut star: Option<(usize, usize)> = None;
    while at < word.len() {
        match pattern.get(of) {
            Some('*') => {
                star = Some((of, at));
                of += 1;
            }
            Some(letter) if *letter == '?' || *letter == word[at] => {
                at += 1;
                of += 1;
            }
            _ => {
                let Some((place, tried)) = star else { return false };
                star = Some((place, tried + 1));
                of = place + 1;
                at = tried + 1;
            }
        }
    }
    pattern[of..].iter().all(|letter| *letter == '*')
}

/// Whether so many letters added, left out or replaced make one word of the other.
fn is_near(word: &[char], other: &[char], distance: usize) -> bool {
    if word.len().abs_diff(other.len()) > distance || word.len().max(other.len()) > LONGEST_NEAR {
        return false;
    }
    let mut above: Vec<usize> = (0..=other.len()).collect();
    for (row, letter) in word.iter().enumerate() {
        let mut corner = row;
        above[0] = row + 1;
        for (column, one) in other.iter().enumerate() {
            let replaced = corner + usize::from(letter != one);
            corner = above[column + 1];
            above[column + 1] = replaced.min(corner + 1).min(above[column] + 1);
        }
    }
    above.last().is_some_and(|changes| *changes <= distance)
}

/// How many letters may differ in a word that is searched for with `~`.
fn tolerance(letters: usize) -> usize {
    match letters {
        0..3 => 0,
        3..6 => 1,
        _ => 2,
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Token {
    And,
    Or,
    Open,
    Close,
    Terms(Terms),
}

fn malformed() -> Error {
    Error::Invalid { field: Field::Term, why: "It can't be read as an advanced query" }
}

fn tokens(term: &str) -> Result<Vec<Token>> {
    if term.matches('"').count() % 2 == 1 {
        return Err(malformed());
    }
    let mut letters = term.chars().peekable();
    let mut tokens = Vec::new();
    while let Some(letter) = letters.peek().copied() {
        match letter {
            '(' | ')' => {
                letters.next();
                tokens.push(if letter == '(' { Token::Open } else { Token::Close });
            }
            '"' => {
                letters.next();
                let quoted: String = letters.by_ref().take_while(|letter| *letter != '"').collect();
                let words: Vec<_> = words(&quoted).into_iter().map(Word::Whole).collect();
                if !words.is_empty() {
                    tokens.push(Token::Terms(Terms::Phrase(words)));
                }
            }
            letter if is_of_word(letter) => {
                let word = take_word(&mut letters);
                match word.as_str() {
                    "AND" => tokens.push(Token::And),
                    "OR" => tokens.push(Token::Or),
                    word => tokens.extend(word_terms(word).map(Token::Terms)),
                }
            }
            _ => {
                letters.next();
            }
        }
    }
    Ok(tokens)
}

fn is_of_word(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '*' | '?' | '~')
}

fn take_word(letters: &mut Peekable<Chars<'_>>) -> String {
    let mut word = String::new();
    while let Some(letter) = letters.next_if(|letter| is_of_word(*letter)) {
        word.push(letter);
    }
    word
}

/// What a word with its marks means; nothing where it has no letters.
fn word_terms(text: &str) -> Option<Terms> {
    let lower = text.to_lowercase();
    let (word, near) = match lower.split_once('~') {
        Some((word, _)) => (word.to_owned(), true),
        None => (lower, false),
    };
    if !word.chars().any(char::is_alphanumeric) {
        return None;
    }
    let letters: Vec<char> = word.chars().collect();
    Some(Terms::Word(if letters.iter().any(|letter| matches!(letter, '*' | '?')) {
        Word::Wild(letters)
    } else if near {
        let distance = tolerance(letters.len());
        Word::Near(letters, distance)
    } else {
        Word::Whole(word)
    }))
}

type Tokens = Peekable<std::vec::IntoIter<Token>>;

fn any(tokens: &mut Tokens, depth: usize) -> Result<Terms> {
    let mut sides = vec![all(tokens, depth)?];
    while tokens.next_if_eq(&Token::Or).is_some() {
        sides.push(all(tokens, depth)?);
    }
    Ok(alone(sides, Terms::Any))
}

fn all(tokens: &mut Tokens, depth: usize) -> Result<Terms> {
    let mut sides = vec![one(tokens, depth)?];
    loop {
        let joined = tokens.next_if_eq(&Token::And).is_some();
        match tokens.peek() {
            Some(Token::Open | Token::Terms(_)) => sides.push(one(tokens, depth)?),
            _ if joined => return Err(malformed()),
            _ => return Ok(alone(sides, Terms::All)),
        }
    }
}

fn one(tokens: &mut Tokens, depth: usize) -> Result<Terms> {
    match tokens.next() {
        Some(Token::Terms(terms)) => Ok(terms),
        Some(Token::Open) if depth > 0 => {
            let inner = any(tokens, depth - 1)?;
            if tokens.next() == Some(Token::Close) { Ok(inner) } else { Err(malformed()) }
        }
        None => Err(Error::BadCharacter(Field::Term)),
        _ => Err(malformed()),
    }
}

fn alone(mut sides: Vec<Terms>, join: fn(Vec<Terms>) -> Terms) -> Terms {
    match sides.pop() {
        Some(only) if sides.is_empty() => only,
        last => {
            sides.extend(last);
            join(sides)
        }
    }
}
