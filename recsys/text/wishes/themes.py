"""The vocabulary of wishes that details of movies answer: themes, moods, countries, people and running times.

Phrases consist of words as `normalize` returns them, as in `words`.
"""

from collections.abc import Mapping

from recsys.text.wishes.words import Phrase, phrase_list, word_list

_SPELLINGS: Mapping[str, str] = {
    "oscar winners": "oscar winner, oscar winners, oscar winning, academy award winner, academy award winners, academy "
    "award winning, won an oscar, won the oscar, won oscars, oscar, oscars, academy awards, oscar movies, academy award",
    "best picture": "best picture, best picture winner, best picture winners",
    "hidden gem": "hidden gem, hidden gems, hidden treasure, hidden treasures, lesser known, little known, overlooked, "
    "obscure, not well known, underseen, unknown gems, deep cut, deep cuts, less known, not so famous, not mainstream, "
    "off the beaten track, forgotten gem, forgotten gems, sleeper hit",
    "underrated": "underrated, under rated, underappreciated, underrated gem, underrated gems",
    "famous": "famous, popular, well known, mainstream, blockbuster, blockbusters, everybody knows, most popular, all time "
    "greats, must see, must sees, must watch, essential, essentials",
    "feel-good": "feel good, feelgood, feelgoods, feel good movie, feel goods, happy ending, happy end, happy endings",
    "mind-bending": "mind bending, mindbending, mind bender, mindbender, mind benders, mind blowing, mindblowing, "
    "mind boggling, mindfuck, mind fuck",
    "twist ending": "twist ending, twist endings, plot twist, plot twists, twist at the end, twist end, surprise ending, "
    "with a twist, big twist, twists, twist, unexpected ending, shocking ending, twisted ending",
    "thought-provoking": "thought provoking, makes me think, make me think, makes you think, intelligent, smart, clever, "
    "brainy, cerebral, deep, philosophical",
    "tearjerker": "tearjerker, tearjerkers, tear jerker, tear jerkers, makes me cry, make me cry, makes you cry, to cry, "
    "good cry, weepie, weepy, tears",
    "sad": "sad, sad ending, heartbreaking, heart breaking, emotional, moving, touching, melancholic, melancholy, tragic, "
    "tragedy, bittersweet",
    "uplifting": "uplifting, cheerful, cheer me up, cheering, upbeat, life affirming, optimistic, joyful, happy, hopeful, "
    "positive, cheers me up, cheer us up, laugh, make me laugh, makes me laugh, good laugh",
    "heartwarming": "heartwarming, heart warming, wholesome, sweet, cute, warm hearted",
    "inspiring": "inspiring, inspirational, motivating, motivational",
    "date night": "date night, date movie, date movies, first date, romantic evening, movie date, for a date, valentines day, "
    "valentines, with my girlfriend, with my boyfriend, with my wife, with my husband, with my date",
    "time travel": "time travel, time travels, time traveling, time travelling, time traveler, time travelers, time machine, "
    "time machines, time loop, time loops, traveling in time, travel through time, travel in time",
    "true story": "true story, true stories, based on a true story, based on true stories, based on true events, real story, "
    "based on a real story, real events, based on real events, real life story, based on real life",
    "based on a book": "based on a book, based on books, based on a novel, based on novels, book adaptation, book adaptations, "
    "novel adaptation, literary adaptation, literary adaptations, adapted from a book, adaptation, adaptations",
    "stephen king": "stephen king, stephen king adaptation, stephen king adaptations",
    "shakespeare": "shakespeare, shakespeares, shakespearean",
    "james bond": "james bond, bond movie, bond movies, bond film, bond films, 007, bond",
    "star trek": "star trek",
    "batman": "batman",
    "pixar": "pixar",
    "disney": "disney, walt disney, disneys",
    "studio ghibli": "ghibli, studio ghibli, miyazaki",
    "christmas": "christmas, xmas, christmassy, x mas, christmas time, santa, santa claus",
    "halloween": "halloween",
    "vampires": "vampire, vampires, dracula",
    "zombies": "zombie, zombies, undead, living dead",
    "werewolves": "werewolf, werewolves",
    "heist": "heist, heists, bank robbery, bank robberies, bank robber, bank robbers, robbery, robberies, caper, capers",
    "world war ii": "world war 2, world war ii, world war two, ww2, wwii, second world war, ww ii, ww 2",
    "world war i": "world war 1, world war i, world war one, ww1, wwi, first world war",
    "vietnam war": "vietnam war, vietnam, nam",
    "civil war": "civil war",
    "cold war": "cold war",
    "holocaust": "holocaust, concentration camp, concentration camps, nazi, nazis",
    "cult": "cult, cult classic, cult classics, cult movie, cult movies, cult film, cult films",
    "spaghetti western": "spaghetti",
    "art house": "art house, arthouse, art film, art films, artsy, auteur, auteurs, art movie",
    "serial killer": "serial killer, serial killers, serial murderer, serial murderers",
    "martial arts": "martial arts, martial art",
    "kung fu": "kung fu, kungfu, karate",
    "coming of age": "coming of age, growing up, coming of age story",
    "road trip": "road trip, road trips, road movie, road movies",
    "love triangle": "love triangle, love triangles",
    "slow burn": "slow burn, slow burner, slow burning, slow paced",
    "fast paced": "fast paced, fast",
    "true crime": "true crime",
    "car chases": "car chase, car chases, chase scenes, chase, chases",
    "post-apocalyptic": "post apocalyptic, postapocalyptic, apocalypse, apocalyptic, post apocalypse, end of the world",
    "film about film": "movie about movies, movies about movies, movies about making movies, filmmaking, hollywood",
    "new york": "new york, nyc, manhattan, new york city",
    "light": "light, lighthearted, light hearted, easy, easy going, relaxing, easy to watch",
    "cozy": "cozy, cosy, comfort, comforting, comfy, rainy day, rainy sunday, sunday afternoon, lazy sunday",
    "dark": "dark, gritty, grim, bleak, brooding, noirish",
    "weird": "weird, strange, bizarre, odd, trippy, psychedelic, crazy, out there, offbeat, off beat, unusual, wacky",
    "animals": "animal, animals",
    "dog": "dog, dogs, puppy, puppies",
    "cat": "cat, cats, kitten, kittens",
    "spy": "spy, spies, espionage, secret agent, secret agents",
    "foreign": "foreign, foreign language, world cinema, non english, international, not in english, not english",
    "subtitled": "subtitled, subtitles, with subtitles",
    "lgbt": "gay, lesbian, lgbt, lgbtq, queer",
    "women": "strong women, female lead, strong female lead, strong female character, female director, female directors, "
    "women directors, directed by a woman, directed by women",
    "sequels": "sequel, sequels, prequel, prequels, remake, remakes",
    "violent": "violent, violence, brutal, bloody, blood, gory, gore, splatter, too violent",
    "sexy": "sexy, erotic, steamy, sensual, nudity, sex, sex scenes, nude scenes, explicit",
    "anti-war": "anti war, antiwar",
    "super heroes": "superhero, superheroes, super hero, super heroes, comic book, comic books, comics, marvel, dc comics",
    "spoof": "spoof, spoofs, parody, parodies, slapstick, satire, satirical, mockumentary, mockumentaries",
    "black comedy": "black comedy, black comedies, black humor, black humour, dark humor, dark humour",
    "screwball": "screwball",
    "teen": "teen, teens, teenage, teenager, teenagers, teenage movie, high school",
}
"""Theme -> the phrases that mean it."""

_PLAIN = """
action packed, adultery, africa, african, airplane, airplanes, alcoholism, alien, aliens, alien invasion, alternate reality,
american, american dream, amnesia, ancient rome, ancient egypt, ancient greece, android, androids, archaeology,
argentina, argentinian, army, art, artificial intelligence, artist, artists, asian, assassin, assassins, assassination,
asylum, atmospheric, aussie, australia, australian, austrian, aviation, baby, babies, ballet, baseball, basketball, beach,
beautiful, belgian, betrayal, big budget, bikers, biker, biopic, biopics, biography, biographical, biographies, birds, blackmail, bollywood,
boxing, boxer, boxers, brain twisting, brazil, brazilian, britain, british, brothers, buddy, buddy cop, buddy movie, buddies,
california, camping, canadian, cannibals, cars, car, car racing, casino, casinos, gambling, castle, catholic, cheerleaders, cheesy,
chess, chick flick, chick flicks, chicago, chilling, china, chinese, circus, claustrophobic, clown, clowns, college, colorful, computer, computers, con artist,
con artists, con men, conspiracy, conspiracies, conspiracy theory, cooking, cop, cops, corporate, corruption, country music, courtroom, court, crime family, creature,
creatures, cuban, culture clash, cyberpunk, czech, dance, dancing, dancer, dancers, danish, dating, death, demons, demon, depressing, depression, desert,
detectives, devil, dialogue, dinosaur, dinosaurs, disaster, disasters, disability, divorce, doctor, doctors, doomsday, dragon, dragons, drag queen, drag queens, dream,
dreams, dreamy, drug, drugs, drug dealer, drug dealers, dutch, dystopia, dystopian, dystopias, eccentric, edgy, egypt, elephants, england, english, epic, epics, europe, european,
evil, exciting, experimental, fairy tale, fairy tales, fairytale, fairytales, farm, fashion, father and son, fathers, feminist, feminism,
fight, fighting, firefighters, fishing, football, france, french, friends, friendship, fun, future, futuristic, gambler, gangs, gang, genius,
german, germany, ghost, ghosts, ghost story, ghost stories, giant monsters, glamorous, golf, gothic, greek, gripping, guns, hacker, hackers, haunted house, haunted houses, hindi, hip hop, historic,
hitman, hitmen, hockey, holiday, holidays, homosexuality, hong kong, horse, horses, hospital, hospitals, hostage, hostages, human nature, hungarian, hunting, iceland, icelandic, immigrants,
immigration, independent, india, indian, indians, indie, insanity, insects, internet, intense, invasion, iran, iranian, ireland, irish, island, islands, israeli, italian, italy, jamaican, japan, japanese,
jazz, jewish, journalism, journalist, journalists, jungle, justice, kidnapping, kidnapped, killer, king arthur, kings, knights, korea, korean, kurosawa, las vegas, latin, law, lawyer,
lawyers, legal, london, loneliness, los angeles, lost, love, low budget, lyrical, mad scientist, magic, magical, magician, magicians, marriage, medieval, middle ages, mental illness, mexican, mexico, military, minimalist, mob,
monster, monsters, monks, mothers, motherhood, motorcycles, mountain, mountains, climbing, mummies, mummy, murder, murders, museum, music, musician, musicians, mythology, myth, mystical, native americans,
nature, nazis, neo noir, new zealand, new wave, french new wave, nerds, ninja, ninjas, norwegian, nostalgic, nostalgia, nuclear war, nun, nuns, ocean, opera, orphan, orphans, outer space, painter, painters, paranoia, paranoid, parenthood,
paris, period piece, period pieces, period drama, costume drama, costume dramas, piano, pianist, pilots, pirate, pirates, planes, poetic, poetry, poet, poets, police, polish, political, politics, politicians, poker,
pool, pope, possession, poverty, predictable, pregnancy, president, presidents, priest, priests, princess, princesses, prison, prisons, prison break, prison escape, private eye, prostitute, prostitutes, prostitution,
psychological, psychology, punk, puppets, puppet, queen, queens, quirky, race, racing, racism, racist, railway, rap, rebels, rebellion, redemption, religion, religious, reporter, reporters, restaurant, revenge, revolution, robot, robots,
rock, rock band, rock music, rock n roll, rome, roman, rural, russia, russian, sailing, sailors, samurai, san francisco, satan, scandinavian, school, science, scientist, scientists, scottish, scotland, sea, secret,
serious, sharks, shark, ship, ships, shipwreck, siblings, sisters, silly, skateboarding, skiing, slavery, slaves, slow, small town, snakes, soccer, social, society, soldiers, south america, soviet, space, spaceship, spaceships, space travel, space opera, spain,
spanish, spiders, sport, sports, sporty, stand up, steampunk, stop motion, claymation, stylish, street racing, students, student, stunts, stunning, suburbia, submarine, submarines, suburban, suicide, summer, supernatural, surf, surfing, surfers, surreal,
surrealist, survival, suspense, sword, swords, swashbuckler, swordfighting, sword fights, swiss, swedish, teacher, teachers, technology, tennis, terrorist, terrorists, terrorism, texas, thai, thanksgiving, toys, train, trains, treasure, treasure hunt, trial, trials,
tropical, turkish, twins, ufo, ufos, underdog, underdogs, underwater, unhappy, university, unrequited love, urban, vegas, venice, video games, video game, visually stunning, voodoo, volcano, volcanoes, waitress, water, wedding, weddings, whales, whimsical, witch, witches, witchcraft, wizards, wizard,
witty, wolves, women, working class, wrestling, writer, writers, yakuza, lasers, swimming, heroes, hero, villains, villain, tragic love, forbidden love, unlikely friends, unlikely friendship, family secrets, mother daughter, mothers and daughters, father daughter,
virtual reality, parallel universe, parallel universes, parallel worlds, dreamlike, ensemble, ensemble cast, anthology, black and white photography, one location, single location, great soundtrack, good soundtrack, soundtrack, great music, good music, talking animals, sequels, short films,
classy, sophisticated, sentimental, scary clown, campy, camp, b movie, b movies, trashy, trash, so bad it is good, so bad its good, guilty pleasure, guilty pleasures, monster movie, creature feature, giallo, hammer, hammer horror, film school, technicolor, silent film stars, golden age, old hollywood, classic hollywood,
angels, angel, heaven, afterlife, reincarnation, immortality, clones, cloning, mutants, mutant, genetics, evolution, dinosaurs, prehistoric, cavemen, caveman, ice age, stone age, vikings, viking, gladiators, gladiator fights, crusades, tudor, victorian, victorian era, regency, jane austen, dickens, edgar allan poe, poe, lovecraft, sherlock holmes, sherlock,
agatha christie, hercule poirot, robin hood, tarzan, zorro, king kong, godzilla, frankenstein, jekyll, superman, muppets, monty python, mafia, mobsters, gangsters, gangster, outlaws, outlaw, bounty hunter, bounty hunters, gunslinger, gunslingers, sheriff, sheriffs, cavalry, gold rush, wild west,
addiction, alcohol, heroin, cocaine, marijuana, stoner, stoners, weed, party, parties, prom, summer camp, frat, fraternity, sorority, spring break, bachelor party, vacation, honeymoon, babysitter, nanny, butler, maid, servants, aristocracy, royalty, royal, politician, election, elections, white house, watergate, cia, fbi, kgb, mi6, lawsuits, jury, death row, execution, hanging, wrongly accused, innocent man, escape, fugitive, fugitives, on the run, chase, hijacking, plane crash, bomb, bombs, explosions, tornado, tornadoes, earthquake, earthquakes, flood, floods, asteroid, asteroids, meteor, comet, titanic, virus, viruses, epidemic, plague, pandemic
"""
"""Phrases that mean themselves."""

THEMES: Mapping[Phrase, str] = {
    **{phrase: " ".join(phrase) for phrase in phrase_list(_PLAIN)},
    **{phrase: theme for theme, phrases in _SPELLINGS.items() for phrase in phrase_list(phrases)},
}
"""Phrase -> the theme that it means."""

WEAK_THEMES = phrase_list(
    "love, lost, fun, death, light, easy, happy, laugh, fast, slow, sweet, cute, smart, clever, deep, water, school, friends, "
    "sad, art, party, future, summer, holiday, baby, crazy, odd, strange, weird, out there, student, students, teacher, teachers, "
    "doctor, doctors, lawyer, lawyers, writer, writers, artist, artists, scientist, scientists, computer, computers, internet, "
    "english, cat, cats, dog, dogs, beautiful, predictable, exciting, serious, secret, evil, dream, dreams, heaven, trash, "
    "trashy, escape, weed, alcohol, tears, to cry, popular, famous, unusual, positive, silly, women, genius, hero, killer, fight, "
    "rock, race, pool, car, cars, police, president, science, magic, justice, sea, lost, court, chase, camp, bomb, possession, "
    "social, lasers, vacation, comfort, bond, music, nature, culture clash, law, pope, death, comics, society, stunning, restaurant, "
    "psychology, university, college, marriage, dating, baby, babies, sex, blood, nam, farm, shark, technology, adaptation"
)
"""Themes that are words of talk as well. They are themes beside a word for movies, after "about", or in a wish."""

COUNTRY_PREPOSITIONS = word_list("from in")

AFTER_ABOUT = phrase_list(
    "about, all about, dealing with, deals with, involving, involves, featuring, features, set in, set at, set on, set during, "
    "that takes place in, takes place in, taking place in, centered on, centred on, centering on, where there is, where there are, "
    "that has, that have, which has, revolving around, on the topic of, on the subject of, on the theme of, themed, "
    "that involves, that involve, that is about, to do with, concerning, full of, containing, contains, lots of, plenty of"
)
"""Phrases before what a movie is about."""

BY = phrase_list(
    "by, directed by, director, made by, written by, filmed by, produced by, a film by, films by, movies by, starring, stars, played by, "
    "actor, actress, with actor, with actress, director is, anything by, something by, anything from director, from director, "
    "filmography of, work of, works of, by director, by the director, acted by, the director of"
)
"""Phrases before the name of a person."""

WITH = phrase_list(
    "with, w, featuring, from, of, has, including, in which, with the actor, with the actress, anything with, something with, and also with"
)
"""Phrases before the name of a person or a theme."""

MOVIE_WORDS = word_list(
    "movie movies film films flick flicks story stories stuff picture pictures tale tales themed related adaptation adaptations "
    "cinema classic classics setting theme vibe vibes epic thing things one ones title titles mood type style series franchise saga"
)
"""Words for movies; a word before them is a theme."""

NEGATIONS = phrase_list(
    "cant stand, can not stand, cannot stand, cant bear, can not bear, cannot bear, cant take, loathe, detest, despise, enough of, "
    "had enough of, i have had enough of, tired of, sick of, fed up with, bored of, bored with, done with, ban, block, exclude, "
    "isnt, is not, arent, are not, thats not, that is not, which is not, dont show me, do not show me, never show me, never show, "
    "never recommend, never recommend me, never suggest, dont recommend, do not recommend, never watch, never watched, no more, "
    "do not like, dont like, never liked, not another, nothing with, not with, without any, not starring, not by, not directed by, nothing by, nothing from, "
    "stop showing me, stop recommending, stop suggesting, anything but, anything except, anything apart from, apart from, "
    "other than, not about, nothing about, not a, not an, not in, not from, not in the mood for, "
    "in no mood for, no need for, not too, not so, not very, not that, not really, dont ever show me, do not ever show me, dont give me, do not give me, "
    "dont want any, do not want any, dont want any more, dont want to see, do not want to see, dont want to watch, do not want to watch, "
    "dont feel like, do not feel like, cannot watch, cant watch, can not watch, allergic to, not a fan of, no fan of, not a big fan of, "
    "not interested in, no interest in, not keen on, not fond of, hate watching, dont enjoy, do not enjoy, dont care for, do not care for, "
    "lay off, leave out, drop, remove, skip the, spare me, keep away from, stay away from, free of, minus, leave off, excepting, save for, "
    "with no, having no, nothing too, nothing that is, nothing, less, not any, never any, never again, no such, nobody wants, not more, not even, "
    "no longer, quit showing me, unlike, hates, hated, cant handle, cannot handle, can not handle, never, never ever, never ever show me, please no, please not, not one of those, not those, not these, not the, no to, scared of, afraid of"
)
"""More phrases that exclude what comes after them than `words.NEGATIONS` has."""

LASTING = phrase_list(
    "hate, hates, hated, loathe, detest, despise, cant stand, can not stand, cannot stand, cant bear, can not bear, cannot bear, never, ever, "
    "always, from now on, in general, generally, enough of, had enough of, ban, block, at all, i only watch, i only like, only ever, "
    "i dont like, i do not like, i dont enjoy, i do not enjoy, dont ever, for good, forever, in future, in the future, any longer, anymore, any more, "
    "i dont watch, i do not watch, allergic to, not a fan of, no fan of, dislike, i never watch, i am not into, im not into, stop showing me, "
    "stop recommending, stop suggesting, i dont care for, not a big fan of, i do not care for, i refuse, cant watch, cannot watch, "
    "again, sick of, cant handle, we never watch, we hate, we only watch, no more ever, permanently, as a rule, under no circumstances"
)
"""Phrases that say that what is excluded is excluded for ever."""

FOR_NOW = phrase_list(
    "today, tonight, now, right now, this time, for now, this evening, at the moment, tired of, for once, for a change, this week, "
    "not in the mood, in no mood, currently, this weekend"
)
"""Phrases that say that a wish is for now."""

LIKES = phrase_list(
    "feel like, feels like, that feel like, another, reminds me of, remind me of, reminiscent of, same vibe as, same mood as, "
    "vibe of, vibes of, comparable to, in the spirit of, resembling, resembles, such as, kind of like, close to, akin to, "
    "inspired by, just like, more of, as good as, similar as, same style as, same kind as, in the same vein as, like in, la, if i liked, if i like, "
    "if i love, if i loved, because i liked, because i loved, since i liked, since i loved, fans of, for fans of, same as, alike"
)
"""More phrases before a title that the movies should resemble than `words.LIKES` has; only whole titles count after them."""

FILLERS = word_list(
    "got whole fam night evening weekend afternoon son daughter sons daughters nephew niece grandson granddaughter grandchildren "
    "grandkids kiddo little boy girl boys girls adults adult old olds yo year years age aged ages youngest oldest eldest suitable appropriate okay ok "
    "fit them their his her he she who where when there has have having had without any actor actress director directed "
    "starring been being time long runtime running length duration minutes minute hours hour min mins hrs h m bad day lovely "
    "decent nice cool great fun please pls plz lol omg well and tho though but yet something anything everything everyone everybody "
    "always ever please really only hope find show see watch looking search maybe today tonight tomorrow friday saturday sunday "
    "kinda kind sort type style set based take place takes going into after am should shall could would must i we us my our "
    "everything bot reelmate hey hi thank thanks thx u r me you make made came out released recommend suggest prefer prefers preferably "
    "ideally possibly maybe perhaps kindly quick quickly tops grandma grandpa mum mom dad parents wife husband girlfriend boyfriend "
    "in mind love like enjoy another first second third next other others same different best better top seen part last think thinking fancy craving crave wanna gimme cool also too again instead as if by its it is was were are be do does did dont"
)
"""More words without a meaning of their own in a wish."""
