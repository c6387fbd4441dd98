from __future__ import annotations
import tantivy
from tantivy import Occur, Query, TextAnalyzerBuilder, Tokenizer, Filter
def analyzer(language: str|None='english'):
    b=TextAnalyzerBuilder(Tokenizer.simple()).filter(Filter.remove_long(64)).filter(Filter.lowercase())
    if language: b=b.filter(Filter.stopword(language)).filter(Filter.stemmer(language))
    return b.build()
class MemIndex:
    def __init__(self, texts):
        sb=tantivy.SchemaBuilder(); sb.add_unsigned_field('key',stored=True,fast=True); sb.add_text_field('body',tokenizer_name='carrel')
        self.schema=sb.build(); self.ix=tantivy.Index(self.schema); self.an=analyzer(); self.ix.register_tokenizer('carrel',self.an)
        w=self.ix.writer(64_000_000,1)
        for i,t in enumerate(texts):
            d=tantivy.Document(); d.add_unsigned('key',i); d.add_text('body',t); w.add_document(d)
        w.commit(); w.wait_merging_threads(); self.ix.reload(); self.s=self.ix.searcher(); self.texts=texts
    def search(self,q,k):
        terms=list(dict.fromkeys(self.an.analyze(q)))
        qq=Query.boolean_query([(Occur.Should,Query.term_query(self.schema,'body',t)) for t in terms])
        hits=self.s.search(qq,k,count=False).hits
        return [self.texts[self.s.doc(a)['key'][0]] for _,a in hits]
