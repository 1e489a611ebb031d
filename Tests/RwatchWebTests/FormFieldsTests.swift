import RwatchWeb
import TestSupport
import Testing

/// How queries and forms are read.
@Suite("Fields of a form", .tags(.unit))
struct FormFieldsTests {
    @Test("values are bytes, blanks and escapes are undone")
    func values() throws {
        let fields = try #require(FormFields(Array("a=1&b=%00%ff&a=x+y%2B&c&=v".utf8)))
        #expect(fields["a"] == [Array("1".utf8), Array("x y+".utf8)])
        #expect(fields["b"] == [[0, 0xff]])
        #expect(fields["c"] == [[]] && fields[""] == [Array("v".utf8)] && fields["d"].isEmpty)
    }

    @Test(
        "what is no form is refused",
        arguments: ["a=%", "a=%4", "a=%zz", "%ff=1", String(repeating: "a&", count: 65)]
    )
    func refused(_ text: String) { #expect(FormFields(Array(text.utf8)) == nil) }
}
