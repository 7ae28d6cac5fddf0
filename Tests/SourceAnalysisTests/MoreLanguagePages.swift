// The second half of the pages of ``LanguageSampleTests``.

extension LanguagePages {
    static let others: [LanguagePage] = [
        LanguagePage(
            path: "Ledger.kt",
            text: #"""
                package bank

                import kotlin.math.max

                const val LIMIT = 10

                data class Entry(val amount: Int)

                class Ledger(private val entries: MutableList<Entry>) {
                    val size: Int get() = entries.size

                    fun add(entry: Entry) {
                        entries.add(entry)
                    }

                    companion object {
                        fun empty() = Ledger(mutableListOf())
                    }
                }

                fun largest(ledger: Ledger): Int {
                    return max(ledger.size, LIMIT)
                }

                """#,
            outline: [
                "imports (imports)", "constant LIMIT", "type Entry", "type Ledger",
                "constant Ledger::size", "method Ledger::add", "type Ledger::Companion",
                "method Ledger::Companion::empty", "function largest",
            ], edit: ("max(ledger.size, LIMIT)", "max(LIMIT, ledger.size)", "largest"),
            comment: "//"),
        LanguagePage(
            path: "stack.lua",
            text: #"""
                local M = {}

                local function check(stack)
                    return #stack > 0
                end

                function M.push(stack, item)
                    stack[#stack + 1] = item
                end

                M.pop = function(stack)
                    if check(stack) then
                        return table.remove(stack)
                    end
                end

                function M:size()
                    return #self
                end

                return M

                """#,
            outline: [
                "constant M", "function check", "method M::push", "method M::pop",
                "method M::size",
            ], edit: ("#stack > 0", "#stack > 1", "check"), comment: "--"),
        LanguagePage(
            path: "Cart.php",
            text: #"""
                <?php

                namespace Shop;

                use Shop\Model\Item;

                const LIMIT = 5;

                interface Store
                {
                    public function save(Cart $cart): void;
                }

                class Cart
                {
                    private array $items = [];

                    public function __construct(private string $owner)
                    {
                    }

                    public function add(Item $item): int
                    {
                        $this->items[] = $item;
                        return count($this->items);
                    }
                }

                function total(Cart $cart): int
                {
                    return $cart->add(new Item()) + LIMIT;
                }

                """#,
            outline: [
                "type Shop", "imports (imports)", "constant LIMIT", "type Store",
                "method Store::save", "type Cart", "constant Cart::$items",
                "method Cart::__construct", "method Cart::add", "function total",
            ], edit: ("+ LIMIT", "- LIMIT", "total"), comment: "//"),
        LanguagePage(
            path: "queue.rb",
            text: #"""
                require "set"

                LIMIT = 5

                module Work
                  class Queue
                    attr_reader :items

                    def initialize(items)
                      @items = items
                    end

                    def self.empty
                      new([])
                    end

                    def size
                      @items.length
                    end
                  end
                end

                def total(queue)
                  queue.size + LIMIT
                end

                """#,
            outline: [
                "constant LIMIT", "type Work", "type Work::Queue",
                "method Work::Queue::initialize", "method Work::Queue::empty",
                "method Work::Queue::size", "function total",
            ], edit: ("@items.length", "@items.count", "size"), comment: "#"),
        LanguagePage(
            path: "Ledger.scala",
            text: #"""
                package bank

                import scala.collection.mutable

                object Ledger {
                  val limit = 10

                  def empty: Ledger = new Ledger(Nil)
                }

                class Ledger(entries: List[Int]) {
                  def total: Int = entries.sum

                  def largest(other: Int): Int = {
                    math.max(total, other)
                  }
                }

                trait Store {
                  def save(ledger: Ledger): Unit
                }

                case class Entry(amount: Int)

                """#,
            outline: [
                "imports (imports)", "type Ledger", "constant Ledger::limit",
                "method Ledger::empty", "type Ledger#1", "method Ledger::total",
                "method Ledger::largest", "type Store", "method Store::save", "type Entry",
            ], edit: ("math.max(total, other)", "math.max(other, total)", "largest"), comment: "//"),
        LanguagePage(
            path: "Cart.tsx",
            text: #"""
                import React from "react";

                type Props = { count: number };

                export function Badge({ count }: Props) {
                    return <span>{count}</span>;
                }

                export const Cart: React.FC<Props> = (props) => {
                    return <Badge count={props.count} />;
                };

                export class Panel extends React.Component<Props> {
                    render() {
                        return <Cart count={this.props.count} />;
                    }
                }

                """#,
            outline: [
                "imports (imports)", "constant Props", "function Badge", "function Cart",
                "type Panel", "method Panel::render",
            ], edit: ("<span>{count}</span>", "<b>{count}</b>", "Badge"), comment: "//"),
    ]
}
