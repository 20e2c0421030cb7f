//! CIFAR's batches for Python: a reader of the one pickle they are, which builds values and never calls anything.
//!
//! The files hold a dictionary of strings, lists of integers and one array of bytes, written by Python 2 with
//! protocol 2. Only the opcodes that this takes are known, and only the names of numpy's array and its type; any
//! other name, which a pickle could use to run a program, is refused. Values take at most 64 times the file's size.

use std::collections::HashMap;

use crate::error::Result;
use crate::original::Original;

/// The first byte of a pickle of protocol 2 and later.
pub(crate) const PROTOCOL: u8 = 0x80;

/// A value; strings and arrays are places in the file, so that nothing is copied while reading.
#[derive(Debug, Clone)]
pub(super) enum Value<'a> {
    None,
    Integer(i64),
    Bytes(&'a [u8]),
    Tuple(Vec<Value<'a>>),
    List(Vec<Value<'a>>),
    Dictionary(Vec<(Value<'a>, Value<'a>)>),
    Name(&'a [u8], &'a [u8]),
    /// A dtype, by its code.
    Type(&'a [u8]),
    Array {
        shape: Vec<i64>,
        bytes: &'a [u8],
    },
    Mark,
}

/// What a file holds.
pub(super) fn read(original: &Original) -> Result<Value<'_>> {
    let mut machine = Machine { bytes: &original.bytes, at: 0, stack: Vec::new(), memo: HashMap::new() };
    machine.run().map_err(|problem| original.byte(machine.at as u64, problem))
}

/// The pickle machine: a stack of values and what was remembered of them.
struct Machine<'a> {
    bytes: &'a [u8],
    at: usize,
    stack: Vec<Value<'a>>,
    memo: HashMap<i64, Value<'a>>,
}

/// Refuses what is nested deeper than CIFAR's dictionary of lists, and an array's state within it.
fn shallow(items: Vec<Value>) -> Step<Vec<Value>> {
    const DEEPEST: usize = 2;
    if items.iter().any(|item| depth(item) > DEEPEST) {
        return Err("values nested deeper than CIFAR's".to_owned());
    }
    Ok(items)
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Tuple(items) | Value::List(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Dictionary(items) => {
            1 + items.iter().map(|(key, value)| depth(key).max(depth(value))).max().unwrap_or(0)
        }
        _ => 0,
    }
}

type Step<T> = std::result::Result<T, String>;

impl<'a> Machine<'a> {
    fn run(&mut self) -> Step<Value<'a>> {
        loop {
            match self.byte()? {
                PROTOCOL => match self.byte()? {
                    2 => {}
                    other => return Err(format!("a pickle of protocol {other}; CIFAR's is 2")),
                },
                b'.' => return self.pop(),
                b'(' => self.stack.push(Value::Mark),
                b'}' => self.stack.push(Value::Dictionary(Vec::new())),
                b']' => self.stack.push(Value::List(Vec::new())),
                b'N' => self.stack.push(Value::None),
                truth @ (0x88 | 0x89) => self.stack.push(Value::Integer(i64::from(truth == 0x88))),
                b'K' => self.number(1)?,
                b'M' => self.number(2)?,
                b'J' => self.number(4)?,
                b'U' => self.string(1)?,
                b'T' | b'X' => self.string(4)?,
                b'q' => self.remember(1)?,
                b'r' => self.remember(4)?,
                b'h' => self.recall(1)?,
                b'j' => self.recall(4)?,
                b'a' => {
                    let item = self.pop()?;
                    self.append(vec![item])?;
                }
                b'e' => {
                    let items = self.since_mark()?;
                    self.append(items)?;
                }
                b's' => {
                    let (value, key) = (self.pop()?, self.pop()?);
                    self.set_items(vec![key, value])?;
                }
                b'u' => {
                    let items = self.since_mark()?;
                    self.set_items(items)?;
                }
                b't' => {
                    let items = self.since_mark()?;
                    self.stack.push(Value::Tuple(shallow(items)?));
                }
                size @ 0x85..=0x87 => self.tuple(usize::from(size - 0x84))?,
                b'c' => self.name()?,
                b'R' => self.construct()?,
                b'b' => self.set_state()?,
                other => return Err(format!("opcode {other:#04x}, which CIFAR's pickles do not use")),
            }
        }
    }

    fn byte(&mut self) -> Step<u8> {
        Ok(self.take(1)?[0])
    }

    fn take(&mut self, count: usize) -> Step<&'a [u8]> {
        let taken = self.bytes[self.at..].get(..count).ok_or_else(|| "ends within the pickle".to_owned())?;
        self.at += count;
        Ok(taken)
    }

    /// A little-endian number; of four bytes, a signed one.
    fn little_endian(&mut self, width: usize) -> Step<i64> {
        let number = self.take(width)?.iter().rev().fold(0, |number, &byte| number << 8 | i64::from(byte));
        Ok(if width == 4 { i64::from(number as u32 as i32) } else { number })
    }

    fn number(&mut self, width: usize) -> Step<()> {
        let number = self.little_endian(width)?;
        self.stack.push(Value::Integer(number));
        Ok(())
    }

    fn string(&mut self, width: usize) -> Step<()> {
        let length =
            usize::try_from(self.little_endian(width)?).map_err(|_| "a string of negative length")?;
        let string = self.take(length)?;
        self.stack.push(Value::Bytes(string));
        Ok(())
    }

    /// Only strings and names are ever asked for again, so nothing large is kept twice.
    fn remember(&mut self, width: usize) -> Step<()> {
        let place = self.little_endian(width)?;
        if let Some(value @ (Value::Bytes(_) | Value::Name(..))) = self.stack.last() {
            self.memo.insert(place, value.clone());
        }
        Ok(())
    }

    fn recall(&mut self, width: usize) -> Step<()> {
        let place = self.little_endian(width)?;
        let value =
            self.memo.get(&place).ok_or_else(|| format!("value {place} is not a string or a name"))?;
        self.stack.push(value.clone());
        Ok(())
    }

    fn pop(&mut self) -> Step<Value<'a>> {
        self.stack.pop().ok_or_else(|| "takes a value from an empty stack".to_owned())
    }

    fn since_mark(&mut self) -> Step<Vec<Value<'a>>> {
        let mark = self.stack.iter().rposition(|value| matches!(value, Value::Mark));
        let items = self.stack.split_off(mark.ok_or("no mark on the stack")? + 1);
        self.stack.pop();
        Ok(items)
    }

    fn append(&mut self, items: Vec<Value<'a>>) -> Step<()> {
        match self.stack.last_mut() {
            Some(Value::List(list)) => {
                list.extend(shallow(items)?);
                Ok(())
            }
            _ => Err("appends to something that is not a list".to_owned()),
        }
    }

    fn set_items(&mut self, items: Vec<Value<'a>>) -> Step<()> {
        let Some(Value::Dictionary(dictionary)) = self.stack.last_mut() else {
            return Err("sets an item of something that is not a dictionary".to_owned());
        };
        let mut items = shallow(items)?.into_iter();
        while let Some(key) = items.next() {
            dictionary.push((key, items.next().ok_or("a key without a value")?));
        }
        Ok(())
    }

    fn tuple(&mut self, size: usize) -> Step<()> {
        let start = self.stack.len().checked_sub(size).ok_or("a tuple of more than the stack holds")?;
        let items = self.stack.split_off(start);
        self.stack.push(Value::Tuple(shallow(items)?));
        Ok(())
    }

    fn name(&mut self) -> Step<()> {
        let module = self.line()?;
        let name = self.line()?;
        self.stack.push(Value::Name(module, name));
        Ok(())
    }

    fn line(&mut self) -> Step<&'a [u8]> {
        let rest = &self.bytes[self.at..];
        let length = rest.iter().position(|&byte| byte == b'\n').ok_or("a name without an end")?;
        self.at += length + 1;
        Ok(&rest[..length])
    }

    /// What numpy's constructors would return: an empty array, or a type by its code.
    fn construct(&mut self) -> Step<()> {
        let (arguments, function) = (self.pop()?, self.pop()?);
        let Value::Name(module, name) = function else { return Err("calls what is not a name".to_owned()) };
        let value = match (module, name, arguments) {
            (b"numpy.core.multiarray" | b"numpy._core.multiarray", b"_reconstruct", Value::Tuple(_)) => {
                Value::Array { shape: Vec::new(), bytes: &[] }
            }
            (b"numpy", b"dtype", Value::Tuple(arguments)) => match arguments.first() {
                Some(Value::Bytes(code)) => Value::Type(code),
                _ => return Err("a type without a code".to_owned()),
            },
            _ => {
                let [module, name] = [module, name].map(String::from_utf8_lossy);
                return Err(format!("calls {module}.{name}, which a CIFAR batch does not; nothing was run"));
            }
        };
        self.stack.push(value);
        Ok(())
    }

    /// An array's state: version, shape, type, whether it is in Fortran's order, bytes. A type's is its byte order.
    fn set_state(&mut self) -> Step<()> {
        let state = self.pop()?;
        let array = match (self.pop()?, state) {
            (kind @ Value::Type(_), Value::Tuple(_)) => kind,
            (Value::Array { .. }, Value::Tuple(state)) => match state.as_slice() {
                [
                    Value::Integer(_),
                    Value::Tuple(shape),
                    Value::Type(b"u1"),
                    Value::Integer(0),
                    Value::Bytes(bytes),
                ] => Value::Array {
                    shape: shape
                        .iter()
                        .map(|size| if let Value::Integer(size) = size { *size } else { -1 })
                        .collect(),
                    bytes,
                },
                _ => return Err("an array that is not of bytes in C's order".to_owned()),
            },
            _ => return Err("sets the state of what has none".to_owned()),
        };
        self.stack.push(array);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_ever_called() {
        let message = |bytes: &[u8]| {
            let original = Original::from_bytes("data_batch_1", bytes.to_vec()).unwrap();
            read(&original).unwrap_err().to_string()
        };
        let call = message(b"\x80\x02cos\nsystem\nU\x04true\x85R.");
        assert!(call.contains("calls os.system, which a CIFAR batch does not; nothing was run"), "{call}");
        assert!(message(b"\x80\x02cos\nsystem\n\x81.").contains("opcode 0x81"));
        let nested = [b"\x80\x02N".as_slice(), &vec![0x85; 1 << 20], b"."].concat();
        assert!(message(&nested).contains("nested deeper"));
    }
}
