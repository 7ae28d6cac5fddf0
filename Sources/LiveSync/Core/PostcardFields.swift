// Short forms for the fields that records and checkpoints are made of.

import LiveProtocol

extension PostcardWriter {
    mutating func writeOptional(_ value: (some PostcardCodable)?) {
        writeOptional(value) { $0.write($1) }
    }

    mutating func writeOptional(_ value: String?) { writeOptional(value) { $0.write($1) } }

    mutating func writeOptional(_ value: UInt64?) { writeOptional(value) { $0.write($1) } }

    mutating func write(_ values: [some PostcardCodable]) { writeArray(values) { $0.write($1) } }

    mutating func write(_ values: [String]) { writeArray(values) { $0.write($1) } }
}

extension PostcardReader {
    mutating func readOptional<Value: PostcardCodable>(
        _ type: Value.Type, _ field: String
    ) throws(PostcardFailure) -> Value? {
        try readOptional(field) { (reader) throws(PostcardFailure) in try Value(from: &reader) }
    }

    mutating func readOptionalString(_ field: String) throws(PostcardFailure) -> String? {
        try readOptional(field) { (reader) throws(PostcardFailure) in
            try reader.readString(field)
        }
    }

    mutating func readOptionalUnsigned(_ field: String) throws(PostcardFailure) -> UInt64? {
        try readOptional(field) { (reader) throws(PostcardFailure) in
            try reader.readUnsigned(field)
        }
    }

    mutating func readArray<Value: PostcardCodable>(
        _ type: Value.Type, _ field: String
    ) throws(PostcardFailure) -> [Value] {
        try readArray(field) { (reader) throws(PostcardFailure) in try Value(from: &reader) }
    }

    mutating func readStrings(_ field: String) throws(PostcardFailure) -> [String] {
        try readArray(field) { (reader) throws(PostcardFailure) in try reader.readString(field) }
    }

    /// A case by its raw text.
    mutating func readRaw<Value: RawRepresentable<String>>(
        _ type: Value.Type, _ field: String
    ) throws(PostcardFailure) -> Value {
        let start = offset
        guard let value = Value(rawValue: try readString(field)) else {
            throw .invalid(field: field, offset: start)
        }
        return value
    }

    /// A number that indexes or counts.
    mutating func readCount(_ field: String) throws(PostcardFailure) -> Int {
        let start = offset
        guard let value = Int(exactly: try readUnsigned(field)) else {
            throw .invalid(field: field, offset: start)
        }
        return value
    }
}
