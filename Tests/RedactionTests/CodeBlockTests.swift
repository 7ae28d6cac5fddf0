// Functions that nothing announces: in any language of the sync, bare or with a logger's head before
// each line; and prose that has a few words of code in it.

import Support
import Testing

@Suite struct CodeBlockTests {
    private static let functions = [
        """
        fun charge(card: Card, total: Long): Receipt {
            val fee = total * 29 / 1000
            return gateway.charge(card, total + fee)
        }
        """,
        """
        local function charge(card, total)
          local fee = total * 0.029
          ledger:book(total + fee)
        end
        """,
        """
        deploy() {
          for host in $HOSTS; do
            rsync -a build/ "$host:/srv/app"
          done
        }
        """,
        """
        public static decimal Charge(Card card, decimal total)
        {
            var fee = total * 0.029m;
            return gateway.Charge(card, total + fee);
        }
        """,
        """
        void charge(Card card, long total) throws LimitException {
            long fee = total * 29 / 1000;
            ledger.book(total + fee);
        }
        """,
        """
          def charge(card, total)
            fee = total * 0.029
            @ledger.book(total + fee)
          end
        """,
        """
          def charge(card, total) do
            fee = div(total * 29, 1000)
            {:ok, receipt} = Gateway.charge(card, total + fee)
          end
        """,
        """
        function charge($card, $total) {
            $fee = $total * 0.029;
            return $this->gateway->charge($card, $total + $fee);
        }
        """,
        """
        pub fn charge(&self, card: &Card) -> Result<Receipt, Error> {
            let total = self.cart.total() + self.tax(card.zone)?;
            if total > self.limit { return Err(Error::Limit(total)); }
        }
        """,
        """
        def charge(card, total):
            fee = total * 0.029
            return gateway.charge(card, total + fee)
        """,
    ]

    private static let heads = [
        "", "2026-05-04T10:20:30Z ERROR ", "2026-05-04 10:20:30,123 [worker-7] WARN  - ",
        "May  4 10:20:30 box app[412]: ", "web-1  | ", "[10:20:30] [worker] ",
        "E0504 10:20:30.123456   412 pay.go:12] ", "2026-05-04T10:20:30.5Z stderr F ", "+", "> ",
    ]

    @Test(arguments: functions, heads)
    func functionGoesWithOrWithoutHeads(function: String, head: String) throws {
        let lines = function.split(separator: "\n")
        let before = head + "worker: could not go on\n"
        let after = head + "worker: goes on with the next one\n"
        let text = before + lines.map { head + $0 + "\n" }.joined() + after
        let safe = try Bench.redact(text)
        for line in lines {
            let code = line.drop { $0 == " " }
            guard code.count > 8 else { continue }
            #expect(!safe.contains(code), "\(code)")
        }
        #expect(safe.contains("worker: could not go on\n"))
        #expect(safe.hasSuffix("worker: goes on with the next one\n"))
        let kept = safe.split(separator: "\n").count
        #expect(head.isEmpty ? kept >= 3 : kept == lines.count + 2, "a line is gone: \(safe)")
    }

    @Test func hunkAndTraceBehindHeads() throws {
        let head = "May  4 10:20:30 box app[412]: "
        let lines = [
            "@@ -10,4 +10,5 @@ def charge(card, total):", "     fee = total * 0.029",
            "-    gateway.charge(card, total)", "+    gateway.charge(card, total + fee)",
            "Traceback (most recent call last):", "  File \"/srv/pay.py\", line 12, in charge",
            "    receipt = gateway.charge(card)", "              ^^^^^^^^^^^^^^^^^^^^",
            "ValueError: bad card",
        ]
        let safe = try Bench.redact(lines.map { head + $0 + "\n" }.joined())
        #expect(!safe.contains("gateway"))
        #expect(!safe.contains("0.029"))
        #expect(safe.contains("@@ -10,4 +10,5 @@ "))
        #expect(safe.contains("File \"/srv/pay.py\", line 12, in charge\n"))
        #expect(safe.contains("ValueError: bad card\n"))
        #expect(safe.split(separator: "\n").count == lines.count)
    }

    /// All but the shell's, of which a line by itself says too little.
    @Test(arguments: functions.filter { !$0.hasPrefix("deploy") })
    func functionGoesFromListsFencesAndEscapes(function: String) throws {
        let lines = function.split(separator: "\n").map(String.init)
        let quoted = try lines.map { try JSONText.encode($0) }
        let percent = function.utf8.map { "%" + Hex.encode([$0]) }.joined()
        var texts = [
            "{\"z\":[" + quoted.joined(separator: ",") + "],\"n\":1}\n",
            "~~~ text\n" + function + "\n~~~\nafter\n",
            "<<<<<<< ours\n" + function + "\n=======\n",
            lines.map { "src/pay.x:12:\($0)\n" }.joined(),
        ]
        // Behind a query, a language without braces says too little.
        if function.contains(";") { texts.append("GET /x?z=" + percent + " HTTP/1.1\n") }
        for text in texts {
            let safe = try Bench.redact(text)
            #expect(safe.contains("REDACTED-body"), "\(text)\(safe)")
            for line in lines.map({ $0.drop { $0 == " " } }) where line.count > 8 {
                #expect(!safe.contains(line), "\(line)")
            }
        }
    }

    /// Comes out as it went in.
    @Test(arguments: [
        """
          * Avoid .c_str() on strings feed into FindS
          * Use Section::Key in more places in src/apt; a static class
          * Remove unused public zlib include from libapt fileutl.h
            and return what was there (closes: #995432)
          * Include our config.h in all C++ files to avoid violations

        """,
        """
        2026-05-04T10:20:30Z INFO import of class Card done in 3 ms
        2026-05-04T10:20:30Z INFO return to idle, public key known
        2026-05-04T10:20:31Z INFO static files: 12 ok

        """,
        "  o bin sizes are precomputed and stored in an array rather than\n"
            + "    being computed at run time == const, return of let's see\n"
            + "  o the class of the struct is public; import it\n    where it is used\n",
    ])
    func proseStays(text: String) throws {
        #expect(try Bench.redact(text) == text)
    }
}
