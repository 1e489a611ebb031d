extension RedisHash {
    /// Sets a field for each property of a value: text as it is, numbers in decimal digits, flags as `true` and
    /// `false`, data as its bytes. Properties that are `nil` have no field.
    ///
    /// - Parameters:
    ///   - value: A value whose properties are text, numbers, flags, data, or optional.
    ///   - mode: What becomes of the other fields. With `.merge` the field of a property that is `nil` stays as it was.
    ///   - expiry: When the key expires; `nil` means not at all. By default as before.
    /// - Throws: `.codingFailed` for a value that has no properties, or one with properties of its own
    ///   (`RedisValueStore` keeps those); what `set(_:mode:expiry:)` throws.
    public func set<Value: Encodable>(
        encoding value: Value,
        mode: Mode = .replace,
        expiry: RedisSetExpiry? = .keep
    ) async throws(RedisError) {
        try await set(RedisPairs(try Self.fields(of: value, for: key)), mode: mode, expiry: expiry)
    }

    /// The value whose properties are the fields; `nil` when there is no hash. Fields that the type does not ask for
    /// are passed over.
    ///
    /// - Throws: `.codingFailed` when a field is missing that is not optional, or has another form; what
    ///   `RedisClient.send` throws.
    public func value<Value: Decodable>(as type: Value.Type = Value.self) async throws(RedisError) -> Value? {
        guard let fields = try await fields() else { return nil }
        var items: [String: CodedItem] = [:]
        for (name, value) in fields {
            // A field whose name is no text belongs to no property.
            if let name = name.text { items[name] = .plain(value) }
        }
        return .some(try PlainFields(item: .map(items)).decode(type, from: RedisBytes(), of: key))
    }

    private static func fields<Value: Encodable>(of value: Value, for key: RedisBytes) throws(RedisError) -> [(
        RedisBytes, RedisBytes
    )] {
        let item: CodedItem
        do { item = try ItemEncoder.item(of: value) } catch { throw .notFlat(Value.self, key, error) }
        guard case .map(let items) = item else { throw .notFlat(Value.self, key, nil) }
        var fields: [(RedisBytes, RedisBytes)] = []
        for (name, item) in items.sorted(by: { $0.key < $1.key }) where item != .null {
            guard let plain = item.plainBytes else { throw .notFlat(Value.self, key, nil) }
            fields.append((RedisBytes(name), plain))
        }
        return fields
    }
}

/// Reads a value from the fields of a hash. It exists for the errors that all coders share.
private struct PlainFields: RedisValueCoder {
    let item: CodedItem

    func encode<Value: Encodable>(_ value: Value) throws -> RedisBytes {
        throw EncodingError.invalidValue(value, .init(codingPath: [], debugDescription: "fields are only read"))
    }

    func decode<Value: Decodable>(_ type: Value.Type, from bytes: RedisBytes) throws -> Value {
        try ItemDecoder.value(type, of: item)
    }
}

extension CodedItem {
    /// The plain form of a scalar; `nil` for what is none.
    fileprivate var plainBytes: RedisBytes? {
        switch self {
        case .integer(let value): RedisBytes("\(value)")
        case .double(let value): value.redisBytes
        case .boolean(let value): value ? "true" : "false"
        case .text(let value): RedisBytes(value)
        case .bytes(let value), .plain(let value): value
        case .null, .array, .map: nil
        }
    }
}

extension RedisError {
    fileprivate static func notFlat(_ type: any Any.Type, _ key: RedisBytes, _ cause: (any Error)?) -> RedisError {
        RedisError(
            .codingFailed,
            "\(type) for \"\(key.shown())\" does not have the properties of a hash: text, numbers, flags and data",
            phase: .command,
            underlyingError: cause
        ).with(.notExecuted)
    }
}
