//! What serde asks for, answered by the plain reader as serde_json would.

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;

use super::{Rare, Reader};

/// Methods that take a visitor and nothing else.
macro_rules! visits {
    ($($name:ident)* => |$reader:ident, $visitor:ident| $body:expr) => {
        $(
            fn $name<V: Visitor<'de>>(self, $visitor: V) -> Result<V::Value, Rare> {
                let $reader = self;
                $body
            }
        )*
    };
}

impl<'de> Deserializer<'de> for &mut Reader<'de> {
    type Error = Rare;

    visits!(deserialize_any => |reader, visitor| match reader.token()? {
        b'"' => reader.deserialize_str(visitor),
        b'{' => reader.deserialize_map(visitor),
        b'[' => reader.deserialize_seq(visitor),
        b't' | b'f' => reader.deserialize_bool(visitor),
        b'n' => reader.deserialize_unit(visitor),
        _ => reader.number(visitor),
    });

    visits!(deserialize_ignored_any => |reader, visitor| {
        reader.deserialize_any(IgnoredAny)?;
        visitor.visit_unit()
    });

    visits!(deserialize_bool => |reader, visitor| visitor.visit_bool(reader.boolean()?));

    visits!(
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64
        deserialize_f32 deserialize_f64 => |reader, visitor| reader.number(visitor)
    );

    visits!(
        deserialize_char deserialize_str deserialize_string deserialize_identifier
        => |reader, visitor| reader.string(visitor)
    );

    visits!(deserialize_bytes deserialize_byte_buf => |_reader, _visitor| Err(Rare));

    visits!(deserialize_option => |reader, visitor| {
        if reader.token()? == b'n' {
            reader.literal("null")?;
            visitor.visit_none()
        } else {
            visitor.visit_some(reader)
        }
    });

    visits!(deserialize_unit => |reader, visitor| {
        reader.literal("null")?;
        visitor.visit_unit()
    });

    visits!(deserialize_seq => |reader, visitor| {
        reader.open(b'[')?;
        let room = reader.take_room();
        let value = visitor.visit_seq(Inside { reader, close: b']', first: true, room })?;
        reader.close(b']').map(|()| value)
    });

    visits!(deserialize_map => |reader, visitor| {
        reader.open(b'{')?;
        let value = visitor.visit_map(Inside { reader, close: b'}', first: true, room: 0 })?;
        reader.close(b'}').map(|()| value)
    });

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Rare> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Rare> {
        self.deserialize_map(visitor)
    }

    forward_to_deserialize_any! { unit_struct tuple tuple_struct enum }
}

/// The inside of an array or an object; whoever opened it reads the closing bracket.
struct Inside<'r, 'de> {
    reader: &'r mut Reader<'de>,
    close: u8,
    first: bool,
    room: usize,
}

impl Inside<'_, '_> {
    /// Goes past the comma to the next item or key; false at the end.
    fn advance(&mut self) -> Result<bool, Rare> {
        let first = std::mem::replace(&mut self.first, false);
        match self.reader.token()? {
            b',' if !first => {
                self.reader.at += 1;
                Ok(true)
            }
            byte if byte == self.close => Ok(false),
            _ if first => Ok(true),
            _ => Err(Rare),
        }
    }
}

impl<'de> SeqAccess<'de> for Inside<'_, 'de> {
    type Error = Rare;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Rare> {
        if self.advance()? { seed.deserialize(&mut *self.reader).map(Some) } else { Ok(None) }
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.room)
    }
}

impl<'de> MapAccess<'de> for Inside<'_, 'de> {
    type Error = Rare;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Rare> {
        if self.advance()? { seed.deserialize(Key(&mut *self.reader)).map(Some) } else { Ok(None) }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Rare> {
        self.reader.expect(b':')?;
        seed.deserialize(&mut *self.reader)
    }
}

/// The key of an object: a string, whatever else it may stand for.
struct Key<'r, 'de>(&'r mut Reader<'de>);

impl<'de> Deserializer<'de> for Key<'_, 'de> {
    type Error = Rare;

    visits!(deserialize_any => |key, visitor| key.0.deserialize_str(visitor));

    visits!(
        deserialize_bool
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
        deserialize_f32 deserialize_f64
        deserialize_bytes deserialize_byte_buf deserialize_option
        => |_key, _visitor| Err(Rare)
    );

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Rare> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        char str string identifier ignored_any
        unit unit_struct seq tuple tuple_struct map struct enum
    }
}
