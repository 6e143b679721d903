-- What people asked, and how it goes on. The question itself is sealed in its event.
create table inquiries (
  key text primary key,
  version integer not null,
  number text not null unique,
  state text not null,                    -- answered, unanswered, open, replied, emergency
  emergency text not null,
  language text not null,
  channel text not null,
  purpose text not null,
  report_number text,
  shown text[] not null,                  -- answer/edition, the likeliest first
  why text,
  received_at timestamptz not null,
  left_open_at timestamptz,
  replied_at timestamptz,
  replied_by text,
  position bigint not null
) with (fillfactor = 70);
create index inquiries_open on inquiries (left_open_at) where state = 'open';

-- Answers through their editions.
create table answers (
  key text primary key,
  version integer not null,
  edition integer not null,
  retired_edition integer,
  retired_on date,
  position bigint not null
) with (fillfactor = 70);

-- The stemming that a language gets; any other gets none.
create function stemming_of(language text) returns regconfig language sql immutable parallel safe
return case language
  when 'de' then 'german'::regconfig when 'en' then 'english'::regconfig
  when 'es' then 'spanish'::regconfig when 'fr' then 'french'::regconfig
  when 'it' then 'italian'::regconfig when 'pt' then 'portuguese'::regconfig
  else 'simple'::regconfig end;

-- Words of title and key words weigh more than those of the text. Both come folded: without accents.
create function answer_words(language text, head text, body text) returns tsvector
language sql immutable parallel safe
return setweight(to_tsvector(stemming_of(language), head), 'A')
  || setweight(to_tsvector(stemming_of(language), body), 'D');

create function answer_words(languages text[], heads text[], bodies text[]) returns tsvector
language plpgsql immutable parallel safe as $$
declare
  words tsvector := ''::tsvector;
begin
  for n in 1 .. coalesce(array_length(languages, 1), 0) loop
    words := words || projections.answer_words(languages[n], heads[n], bodies[n]);
  end loop;
  return words;
end $$;

create table answer_editions (
  key text primary key,                   -- answer/edition
  answer text not null,
  edition integer not null,
  subject text not null,
  since date not null,
  until date,
  source text,
  published_at timestamptz not null,
  published_by text not null,
  languages text[] not null,
  titles text[] not null,                 -- each of these in the order of the languages
  texts text[] not null,
  keywords text[] not null,
  heads text[] not null,
  bodies text[] not null,
  position bigint not null
) with (fillfactor = 70);
create index answer_editions_by_words on answer_editions
  using gin (answer_words(languages, heads, bodies));

-- What intake shows to everybody: every edition, and until when it really holds.
create view public_answers as
  select e.answer, e.edition, e.subject, e.since,
         least(e.until, later.since, case when e.edition <= a.retired_edition then a.retired_on end)
           as until,
         e.source, e.published_at, e.languages, e.titles, e.texts, e.keywords, e.heads, e.bodies,
         answer_words(e.languages, e.heads, e.bodies) as words
  from answer_editions e
  join answers a on a.key = e.answer
  left join lateral (select min(n.since) as since from answer_editions n
                     where n.answer = e.answer and n.edition > e.edition) later on true;
