/// Gives a `Decodable` the parts of one item.
struct ItemDecoder: Decoder {
    let item: CodedItem
    let codingPath: [any CodingKey]
    let userInfo: [CodingUserInfoKey: Any] = [:]

    /// The value of an item.
    ///
    /// - Throws: `DecodingError`, and what the type throws.
    static func value<Value: Decodable>(_ type: Value.Type, of item: CodedItem) throws -> Value {
        try ItemDecoder(item: item, codingPath: []).read(type)
    }

    fileprivate func read<Value: Decodable>(_ type: Value.Type) throws -> Value {
        guard let scalar = type as? any CodedScalar.Type else { return try Value(from: self) }
        guard let value = scalar.init(item) as? Value else { throw mismatch(type) }
        return value
    }

    private func mismatch(_ type: any Any.Type) -> DecodingError {
        let context = DecodingError.Context(codingPath: codingPath, debugDescription: "there is no \(type) here")
        if case .null = item { return .valueNotFound(type, context) }
        return .typeMismatch(type, context)
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard case .map(let items) = item else { throw mismatch([String: Any].self) }
        return KeyedDecodingContainer(Keyed<Key>(items: items, codingPath: codingPath))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard case .array(let items) = item else { throw mismatch([Any].self) }
        return Unkeyed(items: items, codingPath: codingPath)
    }

    func singleValueContainer() -> any SingleValueDecodingContainer { Single(decoder: self) }

    private struct Keyed<Key: CodingKey>: KeyedDecodingContainerProtocol {
        let items: [String: CodedItem]
        let codingPath: [any CodingKey]

        var allKeys: [Key] { items.keys.compactMap { Key(stringValue: $0) } }

        func contains(_ key: Key) -> Bool { items[key.stringValue] != nil }

        func decodeNil(forKey key: Key) throws -> Bool { try child(key).item == .null }

        func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
            try child(key).read(type)
        }

        func nestedContainer<Nested: CodingKey>(
            keyedBy type: Nested.Type,
            forKey key: Key
        ) throws -> KeyedDecodingContainer<Nested> { try child(key).container(keyedBy: type) }

        func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
            try child(key).unkeyedContainer()
        }

        func superDecoder() -> any Decoder {
            ItemDecoder(
                item: items[ItemKey.parent.stringValue] ?? .null,
                codingPath: codingPath + [ItemKey.parent]
            )
        }

        func superDecoder(forKey key: Key) throws -> any Decoder { try child(key) }

        private func child(_ key: any CodingKey) throws -> ItemDecoder {
            guard let item = items[key.stringValue] else {
                let text = "there is nothing for the key \"\(key.stringValue)\""
                throw DecodingError.keyNotFound(key, .init(codingPath: codingPath, debugDescription: text))
            }
            return ItemDecoder(item: item, codingPath: codingPath + [key])
        }
    }

    private struct Unkeyed: UnkeyedDecodingContainer {
        let items: [CodedItem]
        let codingPath: [any CodingKey]
        private(set) var currentIndex = 0

        init(items: [CodedItem], codingPath: [any CodingKey]) {
            self.items = items
            self.codingPath = codingPath
        }

        var count: Int? { items.count }
        var isAtEnd: Bool { currentIndex >= items.count }

        mutating func decodeNil() throws -> Bool {
            guard try current(Any?.self).item == .null else { return false }
            currentIndex += 1
            return true
        }

        mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
            let value = try current(type).read(type)
            currentIndex += 1
            return value
        }

        mutating func nestedContainer<Nested: CodingKey>(
            keyedBy type: Nested.Type
        ) throws -> KeyedDecodingContainer<Nested> {
            let container = try current([String: Any].self).container(keyedBy: type)
            currentIndex += 1
            return container
        }

        mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
            let container = try current([Any].self).unkeyedContainer()
            currentIndex += 1
            return container
        }

        mutating func superDecoder() throws -> any Decoder {
            let decoder = try current((any Decoder).self)
            currentIndex += 1
            return decoder
        }

        private func current(_ type: any Any.Type) throws -> ItemDecoder {
            let path = codingPath + [ItemKey(currentIndex)]
            guard !isAtEnd else {
                throw DecodingError.valueNotFound(
                    type,
                    .init(codingPath: path, debugDescription: "the array ends here")
                )
            }
            return ItemDecoder(item: items[currentIndex], codingPath: path)
        }
    }

    private struct Single: SingleValueDecodingContainer {
        let decoder: ItemDecoder
        var codingPath: [any CodingKey] { decoder.codingPath }

        func decodeNil() -> Bool { decoder.item == .null }

        func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try decoder.read(type) }
    }
}
