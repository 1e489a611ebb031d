import RedisRESP
import RwatchKit
import TestSupport
import Testing

@Suite("The clients of a server", .tags(.unit))
struct ClientListTests {
    private func client(_ list: ClientList, _ address: String) -> KnownClient? {
        withBytes(Array(address.utf8)) { list[$0] }
    }

    private func names(_ list: ClientList, _ addresses: String...) -> [String?] {
        addresses.map { address in
            client(list, address).map { String(decoding: $0.name + [0x2f] + ($0.user ?? [0x3f]), as: UTF8.self) }
        }
    }

    @Test("are read as each release writes them")
    func releases() {
        let list = ClientList(
            """
            id=3 addr=127.0.0.1:41690 fd=8 name= age=1 idle=0 flags=N db=0 cmd=client
            id=4 addr=[::1]:37706 laddr=[::1]:6379 fd=9 name=web-1 age=1 flags=N user=default lib-name=x resp=3\r
            id=5 addr=10.0.0.1:6379 laddr=10.0.0.2:6380 fd=10 name= flags=M db=0 user=(superuser) resp=2
            id=6 addr=/run/r.sock:0 laddr=/run/r.sock:0 fd=11 name=local flags=U user=ann
            no fields at all

            """
        )
        let known = names(list, "127.0.0.1:41690", "[::1]:37706", "10.0.0.1:6379")
        #expect(known == ["/", "web-1/default", "/(superuser)"])
        #expect(names(list, "127.0.0.1:41691", "unix:/run/r.sock", "") == [nil, nil, nil])
        #expect(list.primary == Array("10.0.0.1:6379".utf8))
        #expect(list.told == 4)
        #expect(!list.isCut)
        #expect(ClientList("").primary == nil)
    }

    @Test("are bounded in number and in bytes, whatever a server says")
    func bounds() {
        let many = (0..<5).map { "id=\($0) addr=10.0.0.1:\($0) name=n\($0) flags=N user=u\n" }.joined()
        let few = ClientList(RedisBytes(many), limits: .init(clients: 3))
        #expect(few.count == 3 && few.told == 5 && few.isCut)
        #expect(names(few, "10.0.0.1:2", "10.0.0.1:3") == ["n2/u", nil])
        // Ten bytes of address, two of name, one of user.
        let small = ClientList(RedisBytes(many), limits: .init(bytes: 27))
        #expect(small.count == 2 && small.isCut)
        let long = String(repeating: "x", count: 1025)
        let texts = ClientList(RedisBytes("id=1 addr=a:1 name=\(long) flags=N user=u\nid=2 addr=\(long) name=b\n"))
        #expect(names(texts, "a:1", long) == ["/u", nil])
    }

    @Test("what a command tells replaces what was known, and counts once")
    func set() {
        var list = ClientList("id=1 addr=10.0.0.1:1 name=a user=u\n", limits: .init(clients: 1, bytes: 20))
        list.set(KnownClient(name: Array("bb".utf8), user: nil), at: Array("10.0.0.1:1".utf8))
        #expect(names(list, "10.0.0.1:1") == ["bb/?"])
        #expect(!list.isCut)
        list.set(KnownClient(name: [], user: nil), at: Array("10.0.0.1:2".utf8))
        #expect(list.isCut && list.count == 1)
    }
}
