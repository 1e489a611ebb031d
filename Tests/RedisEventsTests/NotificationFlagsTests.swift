import RedisEvents
import TestSupport
import Testing

@Suite("Flags of notify-keyspace-events", .tags(.unit))
struct NotificationFlagsTests {
    static let spellings = [
        ("", ""), ("KEA", "AKE"), ("g$lshzxetd", "A"), ("dtexzhsl$gEK", "AKE"), ("AKE", "AKE"), ("nKE", "KEn"),
        ("xKEm", "xKEm"), ("g$lshzxet", "g$lshzxet"), ("AmnocEK", "AKEmnoc"), ("KEQ", "KEQ"),
    ]

    @Test("are written in one order", arguments: spellings)
    func spelling(_ text: String, _ expected: String) {
        #expect(NotificationFlags(text).description == expected)
    }

    static let needs: [([KeyspaceEvents.KeyEvent.Name], KeyspaceChannel.Family, String)] = [
        ([], .keyevent, "g$lshzxetE"), ([], .keyspace, "g$lshzxetK"), ([.set], .keyevent, "$E"),
        ([.del, .expired, .evicted], .keyspace, "gxeK"), ([.new], .keyevent, "En"), ([.keymiss], .keyevent, "Em"),
        ([.overwritten, .typeChanged], .keyevent, "Eoc"), ([.hset, .lpush, .sadd, .zadd, .xadd], .keyevent, "lshztE"),
        (["mymodule.changed"], .keyevent, "E"),
    ]

    @Test("follow from the events that are asked for", arguments: needs)
    func need(_ names: [KeyspaceEvents.KeyEvent.Name], _ family: KeyspaceChannel.Family, _ expected: String) {
        #expect(NotificationFlags(for: names, on: family).description == expected)
    }

    /// What the server shows, what is needed, what is missing, what cannot be known.
    static let comparisons = [
        ("", "gE", "gE", ""), ("AKE", "g$lshzxetE", "", ""), ("E", "$E", "$", ""), ("xE", "xK", "K", ""),
        ("AE", "K", "K", ""), ("AKE", "Em", "m", ""), ("AKEm", "Em", "", ""), ("AKE", "En", "", "n"),
        ("AKE", "Enoc", "", "noc"), ("KE", "En", "n", ""), ("KEn", "En", "", ""), ("A", "En", "E", "n"),
        ("g$lshzxetE", "En", "n", ""), ("g$lshzxetE", "g$lshzxetE", "", ""),
    ]

    @Test("are known to be missing, or cannot be known: beside A some are hidden", arguments: comparisons)
    func comparison(_ current: String, _ needed: String, _ missing: String, _ unknown: String) {
        let found = NotificationFlags(current).lacking(NotificationFlags(needed))
        #expect(found.missing.description == missing)
        #expect(found.unknown.description == unknown)
    }

    /// What the server shows, what is added, what is written: the first that the server takes.
    static let additions = [
        ("", "gE", ["gE"]), ("xE", "KE", ["xKE"]), ("", "KEA", ["AKE"]), ("AE", "K", ["AKEnoc", "AKEn", "AKE"]),
        ("AKE", "m", ["AKEmnoc", "AKEmn", "AKEm"]), ("AKE", "n", ["AKEnoc", "AKEn"]), ("KEn", "g", ["gKEn"]),
        ("E", "g$lshzxet", ["AE"]),
    ]

    @Test("are added without dropping one that is set, seen or not", arguments: additions)
    func addition(_ current: String, _ more: String, _ expected: [String]) {
        let written = NotificationFlags(current).settings(adding: NotificationFlags(more))
        #expect(written.map(\.description) == expected)
    }

    @Test("look alike when they differ only in what is hidden")
    func likeness() {
        #expect(NotificationFlags("AKE").looksLike(NotificationFlags("AKEn")))
        #expect(!NotificationFlags("AKE").looksLike(NotificationFlags("AKEm")))
        #expect(!NotificationFlags("xKE").looksLike(NotificationFlags("xKEn")))
    }
}
