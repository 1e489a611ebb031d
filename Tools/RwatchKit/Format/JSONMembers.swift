// The members of an object: each begins with a comma, because `v` stands before them.
extension OutputBuffer {
    package mutating func begin(_ name: StaticString) {
        append(literal: ",\"")
        append(literal: name)
        append(literal: "\":")
    }

    package mutating func member(_ name: StaticString, _ value: Int) {
        begin(name)
        append(integer: value)
    }

    package mutating func member(_ name: StaticString, _ value: Double, decimals: Int) {
        begin(name)
        append(Array(DecimalFraction.text(value, decimals: decimals).utf8))
    }

    package mutating func object(_ name: StaticString, _ members: [(String, Int)]) {
        begin(name)
        append(UInt8(ascii: "{"))
        for (index, member) in members.enumerated() {
            if index > 0 { append(UInt8(ascii: ",")) }
            append(jsonElement: Array(member.0.utf8).rawSpan)
            append(UInt8(ascii: ":"))
            append(integer: member.1)
        }
        append(UInt8(ascii: "}"))
    }

    package mutating func list<Element>(_ elements: [Element], _ body: (Element, inout OutputBuffer) -> Void) {
        append(UInt8(ascii: "["))
        for (index, element) in elements.enumerated() {
            if index > 0 { append(UInt8(ascii: ",")) }
            body(element, &self)
        }
        append(UInt8(ascii: "]"))
    }
}
