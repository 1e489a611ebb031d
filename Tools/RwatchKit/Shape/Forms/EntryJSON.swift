import RedisRESP

/// Entries of streams as JSON: `{"v":1,"kind":"entry","ts":…,"stream":"s","id":"1-0","fields":{"n":"1"}}`.
///
/// Where two fields have the same name, or a name is not UTF-8, `"pairs":[["n","1"],["n","2"]]` takes the place of
/// `"fields"`.
enum EntryJSON {
    /// Appends an entry and a line feed. With `embedding`, values that are JSON are no strings.
    static func append(
        _ event: borrowing SelectedEvent,
        _ node: [UInt8],
        _ binary: BinaryStyle,
        embedding: Bool,
        to buffer: inout OutputBuffer
    ) {
        EventJSON.begin("{\"v\":1,\"kind\":\"entry\",\"ts\":", at: event.time, node: node, to: &buffer)
        buffer.append(UInt8(ascii: ","))
        buffer.append(jsonField: "stream", event.name, binary)
        buffer.append(UInt8(ascii: ","))
        buffer.append(jsonField: "id", event.pattern, binary)
        let texts = EntryText.texts(ofFields: event.content)
        let names = stride(from: 0, to: texts.count, by: 2).map { texts[$0] }
        let isObject = Set(names).count == names.count && names.allSatisfy { UTF8Check.isValid($0.rawSpan) }
        buffer.append(literal: isObject ? ",\"fields\":{" : ",\"pairs\":[")
        for index in stride(from: 0, to: texts.count - 1, by: 2) {
            if index > 0 { buffer.append(UInt8(ascii: ",")) }
            if !isObject { buffer.append(UInt8(ascii: "[")) }
            let name = texts[index]
            buffer.append(jsonElement: name.rawSpan, binary)
            buffer.append(UInt8(ascii: isObject ? ":" : ","))
            let value = texts[index + 1]
            if !embedding || !buffer.append(embedding: value.rawSpan) {
                buffer.append(jsonElement: value.rawSpan, binary)
            }
            if !isObject { buffer.append(UInt8(ascii: "]")) }
        }
        buffer.append(literal: isObject ? "}}\n" : "]}\n")
    }
}
