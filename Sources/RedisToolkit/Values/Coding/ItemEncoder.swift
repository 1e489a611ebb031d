/// Takes what an `Encodable` writes, as one item.
struct ItemEncoder: Encoder {
    /// The place of one item, which is written later.
    fileprivate final class Place {
        enum Content {
            case nothing
            case item(CodedItem)
            case array([Place])
            case map([String: Place])
        }

        var content = Content.nothing

        /// `nil` when nothing was written.
        var item: CodedItem? {
            switch content {
            case .nothing: nil
            case .item(let item): item
            // A place in which nothing was written is an empty map, as JSON has it.
            case .array(let places): .array(places.map { $0.item ?? .map([:]) })
            case .map(let places): .map(places.mapValues { $0.item ?? .map([:]) })
            }
        }
    }

    fileprivate let place: Place
    let codingPath: [any CodingKey]
    let userInfo: [CodingUserInfoKey: Any] = [:]

    fileprivate init(_ place: Place, _ codingPath: [any CodingKey]) {
        self.place = place
        self.codingPath = codingPath
    }

    /// The item of a value.
    ///
    /// - Throws: What the value throws; `EncodingError` when it has written nothing.
    static func item<Value: Encodable>(of value: Value) throws -> CodedItem {
        let encoder = ItemEncoder(Place(), [])
        try encoder.write(value)
        guard let item = encoder.place.item else {
            throw EncodingError.invalidValue(
                value,
                EncodingError.Context(codingPath: [], debugDescription: "\(Value.self) has written nothing")
            )
        }
        return item
    }

    fileprivate func write<Value: Encodable>(_ value: Value) throws {
        if let scalar = value as? any CodedScalar {
            place.content = .item(scalar.codedItem)
        } else {
            try value.encode(to: self)
        }
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        KeyedEncodingContainer(Keyed<Key>(encoder: begun(with: .map([:]))))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer { Unkeyed(encoder: begun(with: .array([]))) }

    func singleValueContainer() -> any SingleValueEncodingContainer { Single(encoder: self) }

    /// Begins a container, or goes on with one that was begun before. What is there of another kind is replaced.
    private func begun(with content: Place.Content) -> ItemEncoder {
        switch (place.content, content) {
        case (.map, .map), (.array, .array): break
        default: place.content = content
        }
        return self
    }

    /// The encoder of a value in a map.
    private func child(_ key: any CodingKey) -> ItemEncoder {
        let child = Place()
        if case .map(var places) = place.content {
            // So that the dictionary is not copied.
            place.content = .nothing
            places[key.stringValue] = child
            place.content = .map(places)
        }
        return ItemEncoder(child, codingPath + [key])
    }

    /// The encoder of the next value of an array.
    private func next() -> ItemEncoder {
        let child = Place()
        let index = count
        if case .array(var places) = place.content {
            place.content = .nothing
            places.append(child)
            place.content = .array(places)
        }
        return ItemEncoder(child, codingPath + [ItemKey(index)])
    }

    private var count: Int { if case .array(let places) = place.content { places.count } else { 0 } }

    private struct Keyed<Key: CodingKey>: KeyedEncodingContainerProtocol {
        let encoder: ItemEncoder
        var codingPath: [any CodingKey] { encoder.codingPath }

        func encodeNil(forKey key: Key) { encoder.child(key).place.content = .item(.null) }

        func encode<Value: Encodable>(_ value: Value, forKey key: Key) throws { try encoder.child(key).write(value) }

        func nestedContainer<Nested: CodingKey>(
            keyedBy type: Nested.Type,
            forKey key: Key
        ) -> KeyedEncodingContainer<Nested> { encoder.child(key).container(keyedBy: type) }

        func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
            encoder.child(key).unkeyedContainer()
        }

        func superEncoder() -> any Encoder { encoder.child(ItemKey.parent) }

        func superEncoder(forKey key: Key) -> any Encoder { encoder.child(key) }
    }

    private struct Unkeyed: UnkeyedEncodingContainer {
        let encoder: ItemEncoder
        var codingPath: [any CodingKey] { encoder.codingPath }
        var count: Int { encoder.count }

        func encodeNil() { encoder.next().place.content = .item(.null) }

        func encode<Value: Encodable>(_ value: Value) throws { try encoder.next().write(value) }

        func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
            encoder.next().container(keyedBy: type)
        }

        func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { encoder.next().unkeyedContainer() }

        func superEncoder() -> any Encoder { encoder.next() }
    }

    private struct Single: SingleValueEncodingContainer {
        let encoder: ItemEncoder
        var codingPath: [any CodingKey] { encoder.codingPath }

        func encodeNil() { encoder.place.content = .item(.null) }

        func encode<Value: Encodable>(_ value: Value) throws { try encoder.write(value) }
    }
}

/// The key of a place in an array, or of what a class has of the one above it.
struct ItemKey: CodingKey {
    let stringValue: String
    let intValue: Int?

    static let parent = ItemKey("super")

    init(_ index: Int) {
        stringValue = "\(index)"
        intValue = index
    }

    init(_ name: String) {
        stringValue = name
        intValue = nil
    }

    init(stringValue: String) { self.init(stringValue) }

    init(intValue: Int) { self.init(intValue) }
}
