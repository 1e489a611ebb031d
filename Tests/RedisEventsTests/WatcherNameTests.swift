import RedisEvents
import RedisRESP
import TestSupport
import Testing

@Suite("The name by which watchers of keys know of each other", .tags(.unit))
struct WatcherNameTests {
    @Test(
        "is read as it was written",
        arguments: [
            ("AKE", nil), ("$xE", ""), ("gKEn", "x"), ("AE", "AKEm"), ("$gE", "$E"),
        ] as [(String, String?)],
        [nil, "app", "a:b:keywatch:c"] as [String?]
    )
    func roundTrip(_ flags: (needed: String, before: String?), _ prefix: String?) {
        let name = WatcherName(
            mark: "1x9",
            needed: NotificationFlags(flags.needed),
            before: flags.before.map { NotificationFlags($0) },
            writes: flags.before == nil ? 0 : 12,
            absent: NotificationFlags(flags.before ?? "")
        )
        let text = name.text(behind: prefix)
        #expect(!text.contains(" "))
        #expect(WatcherName(RedisBytes(text)) == name)
    }

    @Test(
        "is none that anybody else has",
        arguments: ["", "app", "keywatch", "keywatch:a:b:c:d", "a:b:c:d:e:f", ":::::"]
    )
    func others(_ name: String) {
        #expect(WatcherName(RedisBytes(name)) == nil)
    }

    @Test(
        "goes with the count of CONFIG SET, where a server tells it",
        arguments: [
            ("cmdstat_config|get:calls=7,usec=1\r\ncmdstat_config|set:calls=3,usec=1,rejected_calls=9\r\n", 3),
            ("cmdstat_get:calls=1\r\ncmdstat_config|get:calls=7,usec=1", 0), ("cmdstat_config:calls=12,usec=1\r\n", 12),
            ("cmdstat_configure:calls=1", nil), ("", nil), ("cmdstat_config:calls=", nil),
        ] as [(String, Int?)]
    )
    func counts(_ info: String, _ count: Int?) {
        #expect(ConfigCount(RedisBytes(info))?.calls == count)
    }

    @Test("is not believed about what there was before, unless it is of the same user")
    func forged() {
        func others(_ lines: String...) -> [String] {
            WatcherName.others(in: WatcherName.all(in: RedisBytes(lines.joined(separator: "\n"))), than: "m1").map {
                "\($0.mark) \($0.needed) \($0.before.map { "=\($0)" } ?? "-") \($0.writes)"
            }
        }
        let own = "id=1 name=keywatch:m1:AKE::0: flags=N user=app"
        let forged = "id=2 name=keywatch:m2:AKE:=:1:A flags=N user=nobody"
        #expect(others(own, "id=2 name=keywatch:m2:AKE:=x:1:A user=app") == ["m2 AKE =x 1"])
        #expect(others(own, forged) == ["m2 AKE - 1"])
        // Nor when the other says that it is this one.
        #expect(others(own, "id=3 name=keywatch:m1:AKE::0: user=nobody", forged) == ["m2 AKE - 1"])
        #expect(others(forged) == ["m2 AKE - 1"])
        // Before 6.0 all are one user.
        #expect(others("id=1 name=keywatch:m1:AKE::0:", "id=2 name=keywatch:m2:AKE:=x:1:A") == ["m2 AKE =x 1"])
    }

    @Test("is found in the list of clients")
    func list() {
        let list: RedisBytes = """
            id=3 addr=127.0.0.1:1 laddr=127.0.0.1:2 fd=8 name=x-keywatch:m1:AKE:=x:2:A age=0 flags=N cmd=config|get
            id=4 addr=127.0.0.1:3 name= age=0 flags=P
            id=5 name=keywatch:m2:$E::0: lib-name=keywatch:no:A::0:

            """
        #expect(WatcherName.all(in: list).map(\.mark) == ["m1", "m2"])
        #expect(WatcherName.all(in: list).map(\.before) == [NotificationFlags("x"), nil])
        #expect(WatcherName.all(in: "").isEmpty)
    }
}
